/**
 * The load generator against a real server with nothing in between: the referee must find no fault there, or its
 * findings about the gateway would mean nothing.
 */
import { describe, expect, it } from 'vitest';
import { unexpectedErrors } from '../support/load/error-texts.ts';
import { runLoad, showCounts } from '../support/load/run-load.ts';
import { compareState } from '../support/load/same-state.ts';
import { serverNames, startServer } from '../support/servers.ts';

const commands = Number(process.env.LOCKSTEP_DRIVER_COMMANDS ?? 8000);

describe.each(serverNames)('mixed load against %s alone', (name) => {
  it('finds nothing wrong', async () => {
    const server = await startServer(name);
    const result = await runLoad({ target: { port: server.port }, seed: 7, commands, twoDatabases: true });
    if (process.env.LOCKSTEP_SHOW !== undefined) {
      console.log(`${result.commands} commands in ${result.seconds.toFixed(2)} s`);
      console.log(showCounts(result.byCommand));
      console.log(showCounts(result.errors));
    }
    expect(result.failures).toEqual([]);
    expect(unexpectedErrors(result.errors)).toEqual([]);
    expect(result.replies).toBe(result.commands + 2 * 64);
    expect(result.byCommand.size).toBeGreaterThan(120);
  });
});

it('the comparison of two servers names what differs', async () => {
  const [left, right] = [await startServer('valkey-9.1'), await startServer('valkey-9.1')];
  for (const server of [left, right]) {
    const client = await server.client();
    await client.pipeline([
      ['SET', 'same', '1'],
      ['RPUSH', 'list', 'a'],
      ['SET', 'ttl', '1'],
      ['XADD', 'x', '1-1', 'a', 'b'],
    ]);
    client.close();
  }
  expect((await compareState(left, right)).differences).toEqual([]);
  const client = await right.client();
  await client.pipeline([
    ['RPUSH', 'list', 'b'],
    ['PEXPIRE', 'ttl', '100000'],
    ['XGROUP', 'CREATE', 'x', 'g', '0'],
    ['SET', 'extra', '1'],
  ]);
  client.close();
  const found = await compareState(left, right);
  expect(found.digests[0]).not.toBe(found.digests[1]);
  expect(found.differences.map((line) => line.split(':')[0])).toEqual([
    'db0 extra',
    'db0 list',
    'db0 ttl',
    'db0 x',
  ]);
});
