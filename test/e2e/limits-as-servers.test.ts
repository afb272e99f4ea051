/**
 * What a client hears that passes a limit: from servers with that limit, and from gateways with the same one before
 * servers without, byte by byte to the end of the connection.
 */
import * as net from 'node:net';
import { beforeAll, describe, expect, it } from 'vitest';
import { startGateway } from '../support/gateway.ts';
import { encodeCommand, RawClient } from '../support/raw-client.ts';
import { serverNames, startServer } from '../support/servers.ts';
import { waitUntil } from '../support/wait.ts';

const MAX_CLIENTS = 5;
const megabyte = 1024 * 1024;
const PATIENCE_MS = 120_000;

/** Everything that comes on a new connection until the other side closes it. */
function heardUntilClose(port: number, sent: readonly (string | Buffer)[]): Promise<string> {
  return new Promise((resolve) => {
    const socket = net.connect(port, '127.0.0.1');
    let heard = '';
    socket.on('connect', () => {
      for (const bytes of sent) socket.write(bytes);
    });
    socket.on('data', (bytes) => {
      heard += bytes.toString('latin1');
    });
    // A server that closes with input unread resets the connection, and a reply on its way may be lost: so what is
    // answered before a limit is passed must leave nothing unread.
    socket.on('error', () => undefined);
    socket.on('close', () => resolve(heard));
  });
}

const ping = encodeCommand(['PING']);
const get = encodeCommand(['GET', 'k']);

/** With a default user that has a password, or none; nobody logs in. */
const provocations: readonly (readonly [string, boolean, readonly (string | Buffer)[]])[] = [
  [
    'a command that is too long to keep',
    false,
    [`*3\r\n$3\r\nSET\r\n$1\r\nk\r\n$${4 * megabyte}\r\n`, Buffer.alloc(2 * megabyte, 'x')],
  ],
  [
    'many commands behind one that blocks',
    false,
    [encodeCommand(['BLPOP', 'none', 0]), Buffer.alloc(3 * megabyte, get)],
  ],
  ['many arguments before a login', true, [ping, get, '*11\r\n$3\r\nGET\r\n']],
  ['a long argument before a login', true, [ping, '*2\r\n$3\r\nGET\r\n$16385\r\n']],
  ['a long inline command', false, [ping, 'x'.repeat(64 * 1024 + 1)]],
];

/** Servers of other releases say the same; each takes half a minute of a busy machine. */
const names = serverNames.filter((name) => name === 'redis-7.0' || name === 'valkey-9.1');

describe.each(names)('%s', (name) => {
  let primary: string;
  let server: number;
  let gateway: number;
  let lockedServer: number;
  let lockedGateway: number;

  beforeAll(async () => {
    const args = ['--maxclients', String(MAX_CLIENTS), '--client-query-buffer-limit', '1mb'];
    const limits = { maxClients: MAX_CLIENTS, maxQueryBytes: '1mb' };
    primary = (await startServer(name)).url;
    server = (await startServer(name, { args })).port;
    gateway = (await startGateway({ primary, workers: 2, startTimeoutMs: PATIENCE_MS, config: { limits } }))
      .port;
    const locked = await startServer(name, { password: 'secret' });
    lockedServer = locked.port;
    lockedGateway = (
      await startGateway({ primary: `redis://127.0.0.1:${locked.port}`, startTimeoutMs: PATIENCE_MS })
    ).port;
  }, PATIENCE_MS);

  it.each(provocations)(
    '%s',
    async (_what, isLocked, sent) => {
      const [expected, heard] = await Promise.all(
        (isLocked ? [lockedServer, lockedGateway] : [server, gateway]).map((port) =>
          heardUntilClose(port, sent),
        ),
      );
      expect(heard).toBe(expected);
    },
    PATIENCE_MS,
  );

  it(
    'a client too many',
    async () => {
      const [expected, heard] = await Promise.all(
        [server, gateway].map(async (port) => {
          const clients: RawClient[] = [];
          // Those of the test before may not have been noticed to be gone.
          await waitUntil(
            async () => {
              const client = await RawClient.connect({ port });
              if ((await client.call('PING')) === 'PONG') clients.push(client);
              return clients.length === MAX_CLIENTS;
            },
            'as many clients as there may be',
            PATIENCE_MS,
          );
          const refused = await heardUntilClose(port, []);
          for (const client of clients) client.close();
          return refused;
        }),
      );
      expect(heard).toBe(expected);
    },
    PATIENCE_MS,
  );

  it(
    'silence',
    async () => {
      const plain = await startServer(name, { args: ['--timeout', '1'] });
      const impatient = await startGateway({ primary, config: { limits: { idleTimeoutMs: 1000 } } });
      const ports = [plain.port, impatient.port];
      const [expected, heard] = await Promise.all(
        ports.map((port) => heardUntilClose(port, [encodeCommand(['ECHO']), encodeCommand(['HELLO', '4'])])),
      );
      expect(heard).toBe(expected);
    },
    PATIENCE_MS,
  );
});
