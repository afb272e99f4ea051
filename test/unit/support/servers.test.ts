/** The helpers that start real servers, and the referee client, checked against those servers. */
import { spawnSync } from 'node:child_process';
import { describe, expect, it } from 'vitest';
import { skippedGroups, toolGroups } from '../../support/server-catalogue.ts';
import { serverNames, startServer, toolPath } from '../../support/servers.ts';

describe.each(serverNames)('%s', (name) => {
  it('starts, answers, stops and starts again on the same port', async () => {
    const server = await startServer(name, { unixSocket: true, args: ['--maxmemory', '50mb'] });
    const [, major, minor] = /-(\d+)\.(\d+)$/.exec(name) ?? [];
    expect(server.version.startsWith(`${major}.${minor}.`), server.version).toBe(true);
    const client = await server.client();
    expect(await client.call('SET', 'key', Buffer.from([0, 255, 13, 10]))).toBe('OK');
    expect(await client.callTyped('GET', 'key')).toEqual({
      type: 'bulk',
      bytes: Buffer.from([0, 255, 13, 10]),
    });
    expect(await client.callBytes('GET', 'nothing')).toEqual(Buffer.from('$-1\r\n'));
    expect(await client.call('DEBUG', 'JMAP')).toHaveProperty('error');
    await client.hello3();
    expect(await client.call('CONFIG', 'GET', 'maxmemory')).toEqual({ map: [['maxmemory', '52428800']] });
    expect(
      await client.pipeline([
        ['INCR', 'n'],
        ['INCR', 'n'],
        ['HGETALL', 'none'],
      ]),
    ).toEqual([1, 2, { map: [] }]);
    client.sendCommand('SUBSCRIBE', 'news');
    expect(await client.readPush()).toEqual({ push: ['subscribe', 'news', 1] });
    await server.restart();
    await client.waitForClose();
    const second = await server.client();
    expect(await second.call('EXISTS', 'key')).toBe(0);
    server.pause();
    second.timeoutMs = 200;
    await expect(second.call('PING')).rejects.toThrow('no reply');
    server.resume();
    expect(await second.read(5_000)).toBe('PONG');
    await server.stop();
    expect(server.running).toBe(false);
  });
});

describe('tools', () => {
  it.each([
    ['redis-benchmark', /benchmark 8\.0\./],
    ['valkey-benchmark', /benchmark 9\.1\./],
    ['redis-cli', /redis-cli 8\.0\./],
    ['valkey-cli', /valkey-cli 9\.1\./],
    ['nutcracker', /nutcracker-0\./],
    ['prometheus', /prometheus, version 2\./],
    ['promtool', /promtool, version 2\./],
  ] as const)('%s runs', async (tool, expected) => {
    if (skippedGroups().has(toolGroups[tool])) return;
    const { command, args } = await toolPath(tool);
    const run = spawnSync(command, [...args, '--version'], { encoding: 'utf8' });
    expect(run.stdout + run.stderr).toMatch(expected);
  });
});
