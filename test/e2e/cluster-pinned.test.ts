/** `upstream.sessions: pinned` before a cluster: each client has its own connection to every node that it uses. */
import { beforeAll, describe, expect, it } from 'vitest';
import { ask, startCluster, type TestCluster } from '../support/cluster.ts';
import { settledDifferences } from '../support/cluster-state.ts';
import { startGateway, type TestGateway } from '../support/gateway.ts';
import { unexpectedErrors } from '../support/load/error-texts.ts';
import { defaultShares } from '../support/load/mix-table.ts';
import { startLoad } from '../support/load/run-load.ts';
import { expectVerdicts, readDirtySlots, tellAll } from '../support/load/verdicts.ts';
import { moveSlot, ownerOf, slotOf } from '../support/reshard.ts';
import type { TestServer } from '../support/servers.ts';
import { waitUntil } from '../support/wait.ts';

const LONG_MS = 240_000;
const sessions = { upstream: { sessions: 'pinned', cluster: { retryForMs: 60_000 } } };
/** One for each of three nodes. */
const KEYS = ['{a}', '{b}', '{c}'];

describe('each client', () => {
  let cluster: TestCluster;
  let gateway: TestGateway;

  beforeAll(async () => {
    cluster = await startCluster('valkey-9.1', 3);
    gateway = await startGateway({ primary: cluster.url, config: sessions });
  }, LONG_MS);

  /** How many connections a node has that have just run this command. */
  async function connectionsThat(node: TestServer, command: string): Promise<number> {
    const lines = String(await ask(node, 'CLIENT', 'LIST')).split('\n');
    return lines.filter((line) => line.includes(` cmd=${command} `)).length;
  }

  async function everywhere(command: string): Promise<number[]> {
    return Promise.all(cluster.masters.map((node) => connectionsThat(node, command)));
  }

  it(
    'has its own connections, for as long as it is there',
    async () => {
      const clients = await Promise.all([1, 2, 3].map(() => gateway.client()));
      for (const client of clients)
        for (const key of KEYS) expect(await client.call('SETRANGE', key, '0', 'v')).toBe(1);
      expect(await everywhere('setrange')).toEqual([3, 3, 3]);
      clients[0]!.close();
      await waitUntil(
        async () => `${await everywhere('setrange')}` === '2,2,2',
        'its connections to be closed',
      );
      for (const client of clients.slice(1)) client.close();
    },
    LONG_MS,
  );

  it(
    'keeps its order over all of them, and while slots move',
    async () => {
      const client = await gateway.client();
      const slot = slotOf('{a}');
      let from = await ownerOf(cluster, slot);
      for (let round = 0; round < 4; round++) {
        const commands = Array.from({ length: 60 }, (_, at) => [
          'APPEND',
          `${KEYS[at % 3]}${round}`,
          `${at}.`,
        ]);
        const replies = client.pipeline([
          ...commands,
          ...KEYS.map((key) => ['GET', `${key}${round}`]),
          ['MULTI'],
          ['APPEND', `{a}${round}`, 'end'],
          ['EXEC'],
          ['STRLEN', `{a}${round}`],
        ]);
        const to = cluster.masters.find((node) => node !== from)!;
        const moving = moveSlot(slot, from, to);
        const all = await replies;
        await moving;
        from = to;
        const written = KEYS.map((_, key) =>
          commands.flatMap(([, , text], at) => (at % 3 === key ? text! : [])).join(''),
        );
        expect(all.slice(60, 63)).toEqual(written);
        const length = written[0]!.length + 3;
        expect(all.slice(63)).toEqual(['OK', 'QUEUED', [length], length]);
      }
      client.close();
    },
    LONG_MS,
  );

  it(
    'logs in, chooses a protocol and is refused other databases as on shared connections',
    async () => {
      const client = await gateway.client();
      expect(await client.call('SELECT', '1')).toMatchObject({ error: expect.stringMatching(/^ERR /) });
      for (const node of cluster.nodes)
        await ask(node, 'ACL', 'SETUSER', 'reader', 'on', '>secret', '+get', '+hello', '~*');
      expect(await client.call('SET', '{a}', '1')).toBe('OK');
      expect(await client.call('HELLO', '3', 'AUTH', 'reader', 'secret')).toBeTruthy();
      for (const key of KEYS)
        expect(await client.call('SET', key, '2')).toMatchObject({
          error: expect.stringMatching(/^NOPERM /),
        });
      expect(await client.call('GET', '{a}')).toBe('1');
      client.close();
    },
    LONG_MS,
  );

  it(
    'who logs in right behind the command that makes the user is let in',
    async () => {
      // Its connections are not there yet, and another one asks whether the login is right.
      for (const login of [
        ['AUTH', 'made', 'secret'],
        ['HELLO', '3', 'AUTH', 'made', 'secret'],
      ]) {
        const client = await gateway.client();
        const replies = await client.pipeline([
          ['ACL', 'SETUSER', 'made', 'reset', 'on', '>secret', '~*', '+@all'],
          login,
          ['ACL', 'WHOAMI'],
          ['ACL', 'DELUSER', 'nobody'],
        ]);
        expect(replies[0]).toBe('OK');
        expect(replies.slice(2)).toEqual(['made', 0]);
        for (const node of cluster.nodes) await ask(node, 'ACL', 'DELUSER', 'made');
        client.close();
      }
    },
    LONG_MS,
  );
});

/** Moves slots of the load to the next node, one after the other. */
async function reshard(
  cluster: TestCluster,
  tags: readonly string[],
  isOver: () => boolean,
): Promise<number> {
  let moved = 0;
  for (; !isOver(); moved++) {
    const slot = slotOf(tags[moved % tags.length]!);
    const from = await ownerOf(cluster, slot);
    const at = cluster.masters.indexOf(from);
    await moveSlot(slot, from, cluster.masters[(at + 1) % cluster.masters.length]!);
  }
  return moved;
}

it(
  'with a shadow, under load with clients that block, while slots move: nothing is said to differ',
  async () => {
    const [primary, shadow] = [await startCluster('redis-8.0'), await startCluster('valkey-9.1')];
    const config = { ...tellAll, ...sessions };
    const gateway = await startGateway({ primary: primary.url, shadow: shadow.url, config });
    const tags = Array.from({ length: 4 }, (_, index) => `{slot${index}}:`);
    // A transaction may hold a command that concerns all nodes.
    const { transactions: _, server: __, ...shares } = defaultShares;
    const loads = tags.map((prefix, index) =>
      startLoad({
        target: { port: gateway.port },
        seed: index + 1,
        commands: 400,
        clients: 4,
        blockingClients: 1,
        hotKeys: 30,
        prefix,
        shares,
      }),
    );
    let isOver = false;
    const results = Promise.all(loads.map(({ result }) => result)).finally(() => {
      isOver = true;
    });
    const moves = await Promise.all([primary, shadow].map((one) => reshard(one, tags, () => isOver)));
    for (const { failures, errors } of await results) {
      expect(failures).toEqual([]);
      expect(unexpectedErrors(errors, [/^TRYAGAIN /])).toEqual([]);
    }
    await gateway.shadowIdle();
    const verdicts = await expectVerdicts(gateway, { divergent: 0, breakerOpen: 0 });
    console.log(`moved ${moves.join(' and ')} slots; ${JSON.stringify({ ...verdicts, lines: 0 })}`);
    const isDirty = await readDirtySlots(gateway);
    const sides = async () => [primary.masters, shadow.masters] as const;
    const { slots, differences } = await settledDifferences(sides, verdicts.dirtySlots);
    expect(
      slots.filter((slot) => !isDirty(slot)),
      differences.join('\n'),
    ).toEqual([]);
  },
  LONG_MS,
);
