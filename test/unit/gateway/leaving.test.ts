/** Drains, against servers that answer at the moment that the test chooses. */
import { describe, expect, it } from 'vitest';
import { politely, type Script, ScriptedServer } from '../upstream/scripted-server.ts';
import { type InProcess, startInProcess } from './in-process.ts';

interface Blocked {
  readonly primary: ScriptedServer;
  readonly gateway: InProcess;
  readonly client: Awaited<ReturnType<InProcess['client']>>;
  readonly popping: Awaited<ReturnType<ScriptedServer['next']>>;
  readonly drain: () => void;
}

async function blocked(script: Script = politely): Promise<Blocked> {
  const primary = await ScriptedServer.start(script);
  const gateway = await startInProcess({ primary: primary.url });
  const client = await gateway.client();
  client.sendCommand('BLPOP', 'list', '0');
  const popping = await primary.next('BLPOP');
  const drain = (): void =>
    gateway.services.turn(() => {
      for (const session of gateway.host.sessions.values()) session.drain();
      for (const session of gateway.host.sessions.values()) session.stopWaiting();
    });
  return { primary, gateway, client, popping, drain };
}

describe('a client that is blocked while the gateway drains', () => {
  it('gets what the server was giving it just then', async () => {
    const { primary, client, popping, drain } = await blocked();
    drain();
    const unblock = await primary.next('CLIENT', 'UNBLOCK');
    expect(unblock.words).toEqual(['CLIENT', 'UNBLOCK', `${popping.connection + 1}`, 'ERROR']);
    popping.answer('*2\n$4\nlist\n$3\none\n');
    unblock.answer(':0\n');
    expect(await client.read()).toEqual(['list', 'one']);
    await client.waitForClose();
  });

  it('hears nothing when there was nothing for it', async () => {
    const { primary, client, popping, drain } = await blocked();
    drain();
    const unblock = await primary.next('CLIENT', 'UNBLOCK');
    popping.answer('-UNBLOCKED client unblocked via CLIENT UNBLOCK\n');
    unblock.answer(':1\n');
    await client.waitForClose();
    expect(client.unreadBytes).toHaveLength(0);
  });

  it('is let go by its connection where the server will not do it', async () => {
    const { primary, client, drain } = await blocked();
    drain();
    (await primary.next('CLIENT', 'UNBLOCK')).answer('-NOPERM no\n');
    await client.waitForClose();
    expect(await client.read()).toMatchObject({ error: expect.stringContaining('outcome') });
  });
});

it('SHUTDOWN is refused, unless it is allowed', async () => {
  const scripted = await ScriptedServer.start();
  const refusing = await startInProcess({ primary: scripted.url });
  const refused = await refusing.client();
  expect(await refused.call('SHUTDOWN', 'NOSAVE')).toEqual({
    error: 'ERR lockstep: SHUTDOWN is not available through the gateway',
  });
  const environment = { LOCKSTEP_UPSTREAM_ALLOWSHUTDOWN: 'true' };
  for (const sessions of ['pooled', 'pinned']) {
    const allowing = await startInProcess({
      primary: scripted.url,
      environment: { ...environment, LOCKSTEP_UPSTREAM_SESSIONS: sessions },
    });
    const client = await allowing.client();
    client.sendCommand('SHUTDOWN', 'NOSAVE');
    (await scripted.next('SHUTDOWN', 'NOSAVE')).answer('-ERR Errors trying to SHUTDOWN. Check logs.\n');
    expect(await client.read()).toEqual({ error: 'ERR Errors trying to SHUTDOWN. Check logs.' });
  }
});
