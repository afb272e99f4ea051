/**
 * A connection to the server that a client had for itself is given back without a trace of it: whatever state it was
 * in, and however the client left. Proven by asking the server about each connection, and by what the next client sees.
 */
import { expect, it } from 'vitest';
import { createRandom, type Random } from '../../src/base/random.ts';
import { startGateway, type TestGateway } from '../support/gateway.ts';
import type { RawClient } from '../support/raw-client.ts';
import { testSeed } from '../support/seed.ts';
import { type ServerName, startServer } from '../support/servers.ts';
import { waitUntil } from '../support/wait.ts';
import { playStateful, TOUCHED } from './stateful-client.ts';

const seed = testSeed('clean connections');
const ROUNDS = 12;
const CLIENTS = 24;
const DATABASES = 6;

/** What every connection of the gateway must look like while it is nobody's. */
const PRISTINE: Readonly<Record<string, string>> = {
  flags: 'N',
  name: '',
  sub: '0',
  psub: '0',
  redir: '-1',
};
/** Where the server shows them. */
const SHOWN_BY_SOME: Readonly<Record<string, string>> = {
  ssub: '0',
  watch: '0',
  'lib-name': '',
  'lib-ver': '',
};

type Line = ReadonlyMap<string, string>;

/** The server's clients but for the one that asks. */
async function connectionsOf(direct: RawClient): Promise<Line[]> {
  const own = String(await direct.call('CLIENT', 'ID'));
  const lines = String(await direct.call('CLIENT', 'LIST'))
    .trim()
    .split('\n');
  return lines
    .map((line) => new Map(line.split(' ').map((pair) => pair.split('=') as [string, string])))
    .filter((line) => line.get('id') !== own);
}

/** How the server shows that there is no transaction: some go on showing an empty one that is over. */
const NO_TRANSACTION = new Set(['-1', '0']);

function isPristine(line: Line): boolean {
  // The flags say whether there is one.
  if (!NO_TRANSACTION.has(line.get('multi') ?? '')) return false;
  for (const [name, value] of Object.entries(PRISTINE)) if (line.get(name) !== value) return false;
  for (const [name, value] of Object.entries(SHOWN_BY_SOME))
    if ((line.get(name) ?? value) !== value) return false;
  return true;
}

/** What was blocked is let go of, and what is in the way is closed, a moment later: then all are as new. */
async function expectPristine(direct: RawClient): Promise<void> {
  const stained = async (): Promise<Line[]> =>
    (await connectionsOf(direct)).filter((line) => !isPristine(line));
  const clean = waitUntil(async () => (await stained()).length === 0, 'connections without a trace');
  await clean.catch(async () => expect((await stained()).map((line) => [...line].join(' '))).toEqual([]));
}

/** The next client of a connection: sees the database it should, gets every reply, no message and no conflict. */
async function expectUntouched(
  gateway: TestGateway,
  direct: RawClient,
  random: Random,
  resp: 2 | 3,
): Promise<void> {
  const client = await gateway.client();
  if (resp === 3) await client.call('HELLO', 3);
  const database = random.integer(DATABASES);
  if (database > 0) expect(await client.call('SELECT', database)).toBe('OK');
  // A transaction has a connection of its own, which was somebody else's before.
  expect(await client.call('MULTI')).toBe('OK');
  expect(await client.call('GET', 'database')).toBe('QUEUED');
  for (const key of TOUCHED) {
    expect(await client.call('GET', key)).toBe('QUEUED');
    await direct.call('SET', key, 'changed');
  }
  const replies = await client.call('EXEC');
  expect(replies).toHaveLength(1 + TOUCHED.length);
  expect((replies as unknown[])[0]).toBe(String(database));
  expect(await client.call('BLPOP', 'nothing:here', 0.01)).toBeNull();
  await direct.call('PUBLISH', `channel:${random.pick(TOUCHED)}`, 'not for it');
  await direct.call('SET', random.pick(TOUCHED), 'changed');
  expect(await client.call('CLIENT', 'GETNAME')).toSatisfy((name) => name === null || name === '');
  expect(await client.call('ECHO', 'end')).toBe('end');
  expect(client.unread).toBe(0);
  client.close();
}

it.each(['redis-7.0', 'valkey-9.1'] satisfies ServerName[])(
  'connections that are given back are as new, on %s',
  async (name) => {
    const server = await startServer(name);
    const direct = await server.client();
    for (let database = 0; database < DATABASES; database++) {
      await direct.call('SELECT', database);
      await direct.call('SET', 'database', database);
    }
    await direct.call('SELECT', 0);
    await direct.call('ACL', 'SETUSER', 'somebody', 'on', '>password', '~*', '&*', '+@all');
    const gateway = await startGateway({
      primary: server.url,
      workers: 2,
      config: { upstream: { pinnedIdleMax: 4 } },
    });
    const random = createRandom(seed);
    let handedOn = 0;
    for (let round = 0; round < ROUNDS; round++) {
      await Promise.all(
        Array.from({ length: CLIENTS }, () =>
          playStateful(gateway.port, createRandom(random.integer(2 ** 31))),
        ),
      );
      await waitUntil(
        async () => (await gateway.metrics()).sum('client_connections') === 0,
        'all to have left',
      );
      await expectPristine(direct);
      const before = await connectionsOf(direct);
      for (let turn = 0; turn < 6; turn++)
        await expectUntouched(gateway, direct, random, turn % 2 === 0 ? 2 : 3);
      const ids = new Set(before.map((line) => line.get('id')));
      handedOn += (await connectionsOf(direct)).filter((line) => ids.has(line.get('id'))).length;
    }
    // The test would prove nothing if every client got a new one.
    expect(handedOn).toBeGreaterThan(2 * ROUNDS);
    direct.close();
    await gateway.stop();
    await server.stop();
  },
);
