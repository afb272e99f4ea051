/** Clients of a server that wants a password which the gateway does not have. */
import { expect, it } from 'vitest';
import { RawClient } from '../../support/raw-client.ts';
import { serverNames, startServer } from '../../support/servers.ts';
import { startInProcess } from './in-process.ts';

const lines = [
  'HELLO',
  'HELLO 2',
  'HELLO 3',
  'SELECT 1',
  'GET k',
  'HELLO 2 SETNAME x',
  'AUTH needed',
  'GET k',
];

it.each(serverNames)('%s: a client without a login hears what the server says', async (name) => {
  const server = await startServer(name, { password: 'needed' });
  const { port } = server;
  const gateway = await startInProcess({ primary: `redis://127.0.0.1:${port}` });
  const [through, direct] = [await gateway.client(), await RawClient.connect({ host: '127.0.0.1', port })];
  for (const line of lines) {
    const words = line.split(' ');
    expect([line, await through.call(...words)]).toEqual([line, await direct.call(...words)]);
  }
  through.close();
  direct.close();
});
