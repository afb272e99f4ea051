/**
 * Three client libraries people use, each through a session of typical use, in RESP2 and RESP3: first against the
 * server itself, then through the gateway, where nothing may be different.
 */
import { beforeAll, beforeEach, describe, it } from 'vitest';
import { startGateway } from '../support/gateway.ts';
import { RawClient } from '../support/raw-client.ts';
import { startServer, type TestServer } from '../support/servers.ts';
import { glideSession } from './clients/glide.ts';
import { ioredisSession } from './clients/ioredis.ts';
import { nodeRedisSession } from './clients/node-redis.ts';
import { playable, type SessionTarget } from './clients/session.ts';

const sessions = [playable(ioredisSession), playable(nodeRedisSession), playable(glideSession)];
const routes = [
  'direct',
  'gateway',
  'gateway with shadow',
  'gateway pinned',
  'gateway, server without HELLO',
  'gateway pinned, server in RESP2',
  'gateway, server in RESP3',
] as const;

/** What is spoken with the server, whatever clients speak. */
function protocolOf(route: (typeof routes)[number]): 'auto' | 'resp2' | 'resp3' {
  if (route.endsWith('RESP2')) return 'resp2';
  return route.endsWith('RESP3') ? 'resp3' : 'auto';
}

async function openRoute(route: (typeof routes)[number]): Promise<{ port: number; server: TestServer }> {
  const args = route.endsWith('without HELLO') ? ['--rename-command', 'HELLO', ''] : [];
  const server = await startServer('valkey-9.1', { args });
  if (route === 'direct') return { port: server.port, server };
  const shadow = route === 'gateway with shadow' ? await startServer('valkey-9.1') : undefined;
  const gateway = await startGateway({
    primary: server.url,
    ...(shadow === undefined ? {} : { shadow: shadow.url }),
    config: {
      upstream: {
        sessions: route.startsWith('gateway pinned') ? 'pinned' : 'pooled',
        protocol: protocolOf(route),
      },
    },
  });
  return { port: gateway.port, server };
}

describe.each(routes)('%s', (route) => {
  let target: SessionTarget;
  beforeAll(async () => {
    const { port, server } = await openRoute(route);
    target = {
      port,
      dropClients: async () => {
        const admin = await server.client();
        await admin.call('CLIENT', 'KILL', 'TYPE', 'normal', 'SKIPME', 'yes');
        admin.close();
      },
    };
  });

  beforeEach(async () => {
    const cleaner = await RawClient.connect({ port: target.port });
    await cleaner.call('FLUSHALL');
    cleaner.close();
  });

  describe.each(sessions)('$name', (session) => {
    describe.each([2, 3] as const)('RESP%i', (protocol) => {
      it.each(session.chapters)('$name', (chapter) => chapter.play(target, protocol));
    });
  });
});
