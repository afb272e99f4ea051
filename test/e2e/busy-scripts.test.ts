/** While a script runs for long, the server answers everybody else with BUSY, and so must the gateway in every mode. */
import { describe, expect, it } from 'vitest';
import { startGateway, type TestGateway } from '../support/gateway.ts';
import { tellAll } from '../support/load/verdicts.ts';
import type { RawClient } from '../support/raw-client.ts';
import type { PlainReply } from '../support/raw-reply.ts';
import { type ServerName, serverNames, startServer } from '../support/servers.ts';
import { waitUntil } from '../support/wait.ts';

const FOREVER = 'while true do end';
const BUSY = /^BUSY .* is busy running a script\. You can only call SCRIPT KILL or SHUTDOWN NOSAVE\.$/;
const ARGS = { args: ['--busy-reply-threshold', '20'] };
const ways = [
  { name: 'pooled sessions', sessions: 'pooled', shadow: false },
  { name: 'pinned sessions', sessions: 'pinned', shadow: false },
  { name: 'pooled sessions and a shadow', sessions: 'pooled', shadow: true },
  { name: 'pinned sessions and a shadow', sessions: 'pinned', shadow: true },
] as const;

async function start(server: ServerName, way: (typeof ways)[number], workers = 2): Promise<TestGateway> {
  const primary = await startServer(server, ARGS);
  const shadow = way.shadow ? await startServer(server, ARGS) : undefined;
  return await startGateway({
    primary: primary.url,
    ...(shadow === undefined ? {} : { shadow: shadow.url }),
    workers,
    config: { ...tellAll, upstream: { sessions: way.sessions } },
  });
}

function errorText(reply: PlainReply): string {
  return (reply as { error?: string } | null)?.error ?? '';
}

/** Until the primary is busy. */
async function untilBusy(client: RawClient): Promise<void> {
  await waitUntil(async () => BUSY.test(errorText(await client.call('GET', 'k'))), 'the primary to be busy');
}

describe.each(serverNames)('%s', (server) => {
  it.each(ways)('with $name', async (way) => {
    const gateway = await start(server, way);
    const [runner, other, third] = [await gateway.client(), await gateway.client(), await gateway.client()];
    await third.pipeline([['SET', 'k', '1'], ['MULTI'], ['INCR', 'k']]);
    const script = runner.call('EVAL', FOREVER, '0');
    await untilBusy(other);
    expect(errorText(await other.call('SET', 'k', '2'))).toMatch(BUSY);
    expect(errorText(await other.call('PING'))).toMatch(BUSY);
    expect(errorText(await third.call('EXEC'))).toMatch(/^EXECABORT Transaction discarded because of: BUSY /);
    expect(await other.call('SCRIPT', 'KILL')).toBe('OK');
    expect(errorText(await script)).toMatch(/killed by user/);
    expect(await other.call('GET', 'k')).toBe('1');
    expect(errorText(await third.call('EXEC'))).toMatch('ERR EXEC without MULTI');
    expect(await third.call('INCR', 'k')).toBe(2);
    expect(await runner.call('GET', 'k')).toBe('2');
  });

  it.each(ways)('with $name, a script behind other commands of its client', async (way) => {
    // All clients on one worker, so that they share its connections.
    const gateway = await start(server, way, 1);
    const [runner, other] = [await gateway.client(), await gateway.client()];
    expect(await other.call('SET', 'k', '1')).toBe('OK');
    const replies = runner.pipeline([['GET', 'k'], ['EVAL', FOREVER, '0'], ['GET', 'k'], ['PING']]);
    await untilBusy(other);
    expect(await other.call('SCRIPT', 'KILL')).toBe('OK');
    const [before, script, after, pong] = await replies;
    expect([before, after, pong]).toEqual(['1', '1', 'PONG']);
    expect(errorText(script ?? null)).toMatch(/killed by user/);
  });
});
