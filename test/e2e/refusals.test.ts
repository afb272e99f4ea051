/** What the primary refuses to run, for reasons of its own, must not run on the shadow either. */
import { expect, it } from 'vitest';
import { startGateway } from '../support/gateway.ts';
import { startServer } from '../support/servers.ts';

it.each(['pooled', 'pinned'] as const)(
  'refused commands do not reach the shadow, %s sessions',
  async (sessions) => {
    const [primary, shadow] = [await startServer('valkey-8.0'), await startServer('valkey-8.0')];
    const gateway = await startGateway({
      primary: primary.url,
      shadow: shadow.url,
      config: { upstream: { sessions } },
    });
    const [admin, alice, onShadow] = [await gateway.client(), await gateway.client(), await shadow.client()];
    await admin.call('ACL', 'SETUSER', 'alice', 'reset', 'on', '>secret', '~a*', '+@all');
    await alice.call('AUTH', 'alice', 'secret');

    expect(await alice.callTyped('SET', 'b', 'theirs')).toMatchObject({ type: 'error', text: /^NOPERM/ });
    expect(await alice.callTyped('EVAL', 'return redis.call("SET",KEYS[1],1)', '1', 'b')).toMatchObject({
      type: 'error',
    });
    await alice.call('SET', 'a', 'own');
    await alice.call('MULTI');
    await alice.call('SET', 'b', 'theirs');
    await alice.call('EXEC');

    await primary.client().then((client) => client.call('CONFIG', 'SET', 'maxmemory', '1'));
    expect(await admin.callTyped('SET', 'c', 'no room')).toMatchObject({ type: 'error', text: /^OOM/ });
    await primary.client().then((client) => client.call('CONFIG', 'SET', 'maxmemory', '0'));
    await admin.call('SET', 'd', 'room');

    await gateway.shadowIdle();
    expect(await onShadow.call('MGET', 'a', 'b', 'c', 'd')).toEqual(['own', null, null, 'room']);
    const { items } = await gateway.admin('/api/v1/divergences');
    expect(items).toEqual([]);
    for (const client of [admin, alice, onShadow]) client.close();
  },
);
