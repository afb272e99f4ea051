/**
 * One suite of conversations, played to a server alone and to gateways in front of servers of the same release: the
 * replies must be equal. Each stage has servers of its own; `server again` proves that the cases are repeatable.
 */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startGateway } from '../support/gateway.ts';
import { serverNames, startServer } from '../support/servers.ts';
import { blockingCases } from './blocking-cases.ts';
import { clientCases } from './client-cases.ts';
import { clientListCases } from './client-list-cases.ts';
import { dataCases } from './data-cases.ts';
import { pubsubCases } from './pubsub-cases.ts';
import { sessionCases } from './session-cases.ts';
import { trackingCases } from './tracking-cases.ts';
import { transactionCases } from './transaction-cases.ts';
import { type ConformanceCase, play, type Stage } from './transcript.ts';
import { wireCases } from './wire-cases.ts';

const cases: readonly ConformanceCase[] = [
  ...sessionCases,
  ...clientListCases,
  ...clientCases,
  ...transactionCases,
  ...blockingCases,
  ...pubsubCases,
  ...trackingCases,
  ...wireCases,
  ...dataCases,
];

type ServerName = (typeof serverNames)[number];
const stageNames = ['server again', 'gateway pooled', 'gateway pinned', 'gateway with shadow'] as const;
type StageName = (typeof stageNames)[number];

async function setStage(server: ServerName, name: StageName): Promise<Stage> {
  const primary = await startServer(server, { args: ['--hz', '500'] });
  if (name === 'server again') return { name, target: { port: primary.port } };
  const shadow =
    name === 'gateway with shadow' ? await startServer(server, { args: ['--hz', '500'] }) : undefined;
  const gateway = await startGateway({
    primary: primary.url,
    ...(shadow === undefined ? {} : { shadow: shadow.url }),
    config: { upstream: { sessions: name === 'gateway pinned' ? 'pinned' : 'pooled' } },
  });
  return { name, target: { port: gateway.port } };
}

function casesFor(server: ServerName, stage: StageName): readonly ConformanceCase[] {
  const pooled = stage === 'gateway pooled' || stage === 'gateway with shadow';
  return cases.filter((one) => one.notOn?.includes(server) !== true && !(pooled && one.pinnedOnly === true));
}

describe.each(serverNames)('%s', (server) => {
  const expected = new Map<string, Promise<readonly string[]>>();
  let alone: Stage;

  beforeAll(async () => {
    alone = {
      name: 'server alone',
      target: { port: (await startServer(server, { args: ['--hz', '500'] })).port },
    };
  });
  afterAll(() => expected.clear());

  describe.each(stageNames)('%s', (name) => {
    let stage: Stage;
    beforeAll(async () => {
      stage = await setStage(server, name);
    });

    it.each(casesFor(server, name))('$name', async (one) => {
      if (!expected.has(one.name)) expected.set(one.name, play(alone, one));
      const lines = await expected.get(one.name);
      expect(await play(stage, one)).toEqual(lines);
    });
  });
});
