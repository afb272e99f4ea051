import { expect, it } from 'vitest';
import { findingOf } from '../../../src/upstream/connection-question.ts';
import { RawClient } from '../../support/raw-client.ts';
import { serverNames, startServer } from '../../support/servers.ts';
import { waitUntil } from '../../support/wait.ts';

const LONG_MS = 3_600_000;

it.each(serverNames)(
  '%s: tells connections that it works for from those that it has answered',
  async (name) => {
    const server = await startServer(name);
    const [asks, asked] = [await server.client(), await RawClient.connect({ port: server.port })];
    const id = Number(await asked.call('CLIENT', 'ID'));
    const describe = async (): Promise<string> => String(await asks.call('CLIENT', 'LIST', 'ID', id));
    const becomes = (field: string): Promise<true> =>
      waitUntil(async () => (await describe()).includes(field), field);
    expect(findingOf(await describe(), id, LONG_MS)).toBe('done');
    expect(findingOf(await describe(), id + 1, LONG_MS)).toBe('done');
    expect(await asks.call('CLIENT', 'PAUSE', LONG_MS, 'WRITE')).toBe('OK');
    asked.sendCommand('INCR', 'k');
    await becomes(' flags=b');
    expect(findingOf(await describe(), id, LONG_MS)).toBe('busy');
    expect(await asks.call('CLIENT', 'UNPAUSE')).toBe('OK');
    expect(await asked.read()).toBe(1);
    expect(findingOf(await describe(), id, LONG_MS)).toBe('done');
    // A part of a command: more of it may be on its way for a while.
    asked.send('*2\r\n$3\r\nGET\r\n');
    await waitUntil(async () => !(await describe()).includes(' argv-mem=0 '), 'a part of a command');
    expect(findingOf(await describe(), id, LONG_MS)).toBe('busy');
    expect(findingOf(await describe(), id, 0)).toBe('done');
    asked.close();
    await waitUntil(async () => (await describe()) === '', 'the connection to be gone');
    expect(findingOf(await describe(), id, LONG_MS)).toBe('done');
    expect(findingOf(`id=${id} of no use\n`, id, LONG_MS)).toBe('unknown');
    asks.close();
  },
);
