/**
 * The cases of the engine, played to it and to a server of the release that it is set to behave like: the replies must
 * be equal. Redis 7.2 is not among the servers.
 */
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { removeFolder, temporaryFolder } from '../../support/cleanup.ts';
import { startGateway } from '../../support/gateway.ts';
import { serverNames, startServer } from '../../support/servers.ts';
import { play, type Stage } from '../transcript.ts';
import { engineCases } from './engine-cases.ts';

const folder = temporaryFolder('engine-cases');
afterAll(() => removeFolder(folder));

const levels = {
  'redis-7.0': 'redis-7.0',
  'redis-8.0': 'redis-8',
  'valkey-8.0': 'valkey-8',
  'valkey-9.1': 'valkey-9',
} as const;

describe.each(serverNames)('the engine as %s', (server) => {
  let alone: Stage;
  let engine: Stage;

  beforeAll(async () => {
    const compatibility = levels[server];
    const started = await startServer(server, { args: ['--hz', '500', '--enable-debug-command', 'yes'] });
    const snapshot = { path: join(folder, `${server}.rdb`) };
    const gateway = await startGateway({
      config: {
        engine: { compatibility, arenaBytes: '256mb', snapshot },
        upstream: { allowShutdown: true },
      },
    });
    alone = { name: 'server alone', target: { port: started.port } };
    engine = { name: 'engine', target: { port: gateway.port } };
  });

  it.each(engineCases.filter((one) => one.notOn?.includes(server) !== true))('$name', async (one) => {
    const [expected, played] = await Promise.all([play(alone, one), play(engine, one)]);
    expect(played.lines.map(withoutRelease)).toEqual(expected.lines.map(withoutRelease));
  });
});

/** HELLO: releases come and go, and to Redis 8 its vector sets are a module. */
function withoutRelease(line: string): string {
  return line.replace(/\$"version",? \$"[\d.]+"/, '$"version" RELEASE').replace(/\$"modules".*/, '');
}
