/**
 * The suite once more where the primary is a cluster of three nodes: what a client hears must be what one server of the
 * same release says. The keys of a case are in one slot, for most commands on several keys work in one slot only;
 * cases are spread over all nodes. LOCKSTEP_CONFORMANCE_CLUSTER names the releases, `all` or some of them, and
 * LOCKSTEP_CONFORMANCE_CLUSTER_STAGE what the gateway is like.
 */
import { beforeAll, describe, expect, it } from 'vitest';
import { startCluster } from '../support/cluster.ts';
import { startGateway, testTransport } from '../support/gateway.ts';
import { readDivergences, showDivergence, tellAll } from '../support/load/verdicts.ts';
import { allServerNames } from '../support/server-catalogue.ts';
import { type ServerName, serverNames, startServer } from '../support/servers.ts';
import { type ClusterDifference, clusterDifferences } from './cluster-differences.ts';
import { commandGroups } from './command-groups.ts';
import { conversationGroups } from './conversations.ts';
import { Coverage } from './coverage.ts';
import { tagCase, tagKeys, tagOf } from './key-tags.ts';
import { type ModeName, modes } from './modes.ts';
import { judgeCases, playCases } from './player.ts';
import { SERVER_ARGUMENTS, type SuiteStage, serverStage } from './stages.ts';
import { type ConformanceCase, play } from './transcript.ts';

/** One test plays thousands of commands; a busy machine takes its time. */
const PLAYING_MS = 180_000;
/** One release is enough to keep it so; all are for whoever changes something. */
const wanted = (process.env.LOCKSTEP_CONFORMANCE_CLUSTER ?? 'valkey-9.1').split(',');
const stageName = process.env.LOCKSTEP_CONFORMANCE_CLUSTER_STAGE ?? 'pooled';
// Nor is it another question on another transport.
const isAsked = testTransport() === 'native';
const played = serverNames.filter((name) => isAsked && (wanted.includes('all') || wanted.includes(name)));
const met = new Set<string>();

/** Tagged keys, on the server as well: they are part of replies. */
function rewrite(args: Parameters<typeof tagKeys>[0], { name }: ConformanceCase): ReturnType<typeof tagKeys> {
  return tagKeys(args, tagOf(name));
}

async function clusterStage(server: ServerName): Promise<SuiteStage> {
  // Where clusters may have several databases.
  const databases = server === 'valkey-9.1' ? ['--cluster-databases', '16'] : [];
  const cluster = await startCluster(server, 3, false, { args: [...SERVER_ARGUMENTS, ...databases] });
  const shadow = stageName.endsWith('shadow')
    ? await startServer(server, { args: SERVER_ARGUMENTS })
    : undefined;
  const gateway = await startGateway({
    primary: cluster.url,
    config: { ...tellAll, upstream: { sessions: stageName.startsWith('pinned') ? 'pinned' : 'pooled' } },
    ...(shadow === undefined ? {} : { shadow: shadow.url }),
  });
  return {
    name: stageName,
    isGateway: true,
    isPooled: true,
    target: { port: gateway.port },
    rewrite,
    divergences: async () => {
      if (shadow === undefined) return [];
      await gateway.shadowIdle();
      return (await readDivergences(gateway)).items.map(showDivergence);
    },
  };
}

/** The first exception that holds. */
function findException(
  server: ServerName,
  holds: (difference: ClusterDifference) => boolean,
): ClusterDifference | undefined {
  const found = clusterDifferences.find(
    (one) => one.on?.includes(server) !== false && one.stages?.includes(stageName) !== false && holds(one),
  );
  if (found !== undefined) met.add(found.id);
  return found;
}

describe.each(played)('%s', (server) => {
  let reference: SuiteStage;
  let stage: SuiteStage;

  beforeAll(async () => {
    reference = { ...(await serverStage(server, 'server')), rewrite };
    stage = await clusterStage(server);
  }, PLAYING_MS);

  const isPlayed = (name: string, mode?: ModeName): boolean => {
    const isLeftOut = ({ cases, modes: where }: ClusterDifference): boolean =>
      cases?.includes(name) === true && (where === undefined || (mode !== undefined && where.includes(mode)));
    return findException(server, isLeftOut) === undefined;
  };

  const mayDiffer = (command: string, mode: ModeName, actual: readonly Buffer[]): boolean => {
    const isQueued = actual.at(1)?.[0] === 0x2b;
    const text = actual.at(mode === 'MULTI' && !isQueued ? 1 : -1)?.toString('latin1') ?? '';
    const holds = ({ commands = [], modes: where, reply }: ClusterDifference): boolean =>
      commands.some(
        (one) => one === command || (one.endsWith('*') && command.startsWith(one.slice(0, -1))),
      ) &&
      where?.includes(mode) !== false &&
      reply?.test(text) !== false;
    return findException(server, holds) !== undefined;
  };

  async function playBoth(one: ConformanceCase): Promise<void> {
    const [expected, actual] = await Promise.all([play(reference, one), play(stage, one)]);
    const may = (line: string, at: number): boolean =>
      line !== expected.lines[at] &&
      findException(server, ({ lines }) => lines?.test(line) === true) !== undefined;
    expect(actual.lines.map((line, at) => (may(line, at) ? expected.lines[at] : line))).toEqual(
      expected.lines,
    );
  }

  for (const group of conversationGroups) {
    const suited = group.cases.filter(
      ({ name, notOn, pinnedOnly }) =>
        notOn?.includes(server) !== true && pinnedOnly !== true && isPlayed(name),
    );
    // Some groups are left out whole.
    if (suited.length > 0) describe(group.name, () => it.each(suited)('$name', playBoth, PLAYING_MS));
  }

  it.each(commandGroups)(
    'commands: $name',
    async ({ cases, modes: names }) => {
      for (const mode of modes.filter((one) => names.includes(one.name))) {
        const tagged = cases.filter(({ name }) => isPlayed(name, mode.name)).map(tagCase);
        const [expected, actual] = await Promise.all(
          [reference, stage].map((one) => playCases(one, tagged, mode)),
        );
        const found = judgeCases(
          stage,
          tagged,
          mode,
          expected ?? [],
          actual ?? [],
          new Coverage(),
          (command, frames) => mayDiffer(command, mode.name, frames),
        );
        expect.soft(found.slice(0, 50), `${found.length} differences`).toEqual([]);
      }
    },
    PLAYING_MS,
  );

  it('nothing is said to differ on a shadow', async () => {
    expect(await stage.divergences()).toEqual([]);
  });
});

it.skipIf(played.length < allServerNames.length)('needs every exception', () => {
  const isCertain = ({ stages, isByChance }: ClusterDifference): boolean =>
    stages?.includes(stageName) !== false && (isByChance !== true || stageName.endsWith('shadow'));
  const needed = clusterDifferences.filter(isCertain);
  expect(needed.map(({ id }) => id).filter((id) => !met.has(id))).toEqual([]);
});
