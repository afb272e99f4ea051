/**
 * Clients that block before a cluster, with a shadow: they wait at the node of their slot, follow it, and what serves
 * them reaches the shadow in the order in which it happened.
 */
import { beforeAll, describe, expect, it } from 'vitest';
import { ask, startCluster, type TestCluster } from '../support/cluster.ts';
import { settledDifferences } from '../support/cluster-state.ts';
import { startGateway, type TestGateway } from '../support/gateway.ts';
import { expectVerdicts, readDirtySlots, tellAll } from '../support/load/verdicts.ts';
import type { RawClient } from '../support/raw-client.ts';
import { beginMove, endMove, moveSlot, ownerOf, slotOf } from '../support/reshard.ts';
import { type ServerName, startServer, type TestServer } from '../support/servers.ts';
import { waitUntil } from '../support/wait.ts';

/** Everything here waits for the cluster or the gateway, never for a time. */
const LONG_MS = 240_000;
const error = (text: RegExp): unknown => ({ error: expect.stringMatching(text) });

/** Which nodes have clients that wait, and how many. */
async function waitingAt(nodes: readonly TestServer[]): Promise<number[]> {
  const texts = await Promise.all(nodes.map((node) => ask(node, 'INFO', 'clients')));
  return texts.map((text) => Number(/blocked_clients:(\d+)/.exec(String(text))![1]));
}

async function primariesOf(cluster: TestCluster): Promise<TestServer[]> {
  const roles = await Promise.all(cluster.nodes.map((node) => ask(node, 'ROLE')));
  return cluster.nodes.filter((_, at) => String((roles[at] as unknown[])[0]) === 'master');
}

const pairs: readonly (readonly [primary: ServerName, shadow: ServerName, isCluster: boolean])[] = [
  ['redis-7.0', 'redis-7.0', false],
  ['redis-8.0', 'valkey-9.1', true],
];

describe.each(pairs)('a cluster of %s before %s (a cluster: %s)', (primaryName, shadowName, isCluster) => {
  let cluster: TestCluster;
  let shadowNodes: readonly TestServer[];
  let gateway: TestGateway;
  let writer: RawClient;
  let readers: RawClient[];

  beforeAll(async () => {
    cluster = await startCluster(primaryName, 3, true);
    const shadow = isCluster ? await startCluster(shadowName) : await startServer(shadowName);
    shadowNodes = 'masters' in shadow ? shadow.masters : [shadow];
    const config = { ...tellAll, upstream: { cluster: { retryForMs: 60_000 } } };
    gateway = await startGateway({ primary: cluster.url, shadow: shadow.url, config });
    writer = await gateway.client();
    readers = [await gateway.client(), await gateway.client(), await gateway.client()];
  }, LONG_MS);

  /** Sends what blocks, one client after the other, each when the one before it is parked. */
  async function block(...commands: string[][]): Promise<Promise<unknown>[]> {
    const replies: Promise<unknown>[] = [];
    for (const [at, command] of commands.entries()) {
      replies.push(readers[at]!.call(...command));
      const counts = async (): Promise<boolean> =>
        (await waitingAt(await primariesOf(cluster))).reduce((sum, count) => sum + count) === at + 1;
      await waitUntil(counts, `${command[0]} to wait`);
    }
    return replies;
  }

  /** Nothing differs, nothing is in doubt. */
  async function expectSame(): Promise<void> {
    await gateway.shadowIdle();
    await expectVerdicts(gateway, { divergent: 0, unconfirmed: 0, dirtySlots: 0, breakerOpen: 0 });
    await settledDifferences(async () => [await primariesOf(cluster), shadowNodes], 0);
  }

  it(
    'every command that may block is served, and its pop is mirrored behind the write',
    async () => {
      const served: [string[], string[], unknown][] = [
        [
          ['BLPOP', '{a}l', '0'],
          ['RPUSH', '{a}l', '1', '2'],
          ['{a}l', '1'],
        ],
        [
          ['BRPOP', '{a}none', '{a}m', '0'],
          ['LPUSH', '{a}m', '1', '2'],
          ['{a}m', '1'],
        ],
        [['BLMOVE', '{b}l', '{b}to', 'LEFT', 'RIGHT', '0'], ['RPUSH', '{b}l', 'x', 'y'], 'x'],
        [['BRPOPLPUSH', '{b}k', '{b}to', '0'], ['RPUSH', '{b}k', 'x', 'y'], 'y'],
        [
          ['BLMPOP', '0', '2', '{c}n', '{c}l', 'LEFT', 'COUNT', '2'],
          ['RPUSH', '{c}l', '1', '2', '3'],
          ['{c}l', ['1', '2']],
        ],
        [
          ['BZPOPMIN', '{c}z', '0'],
          ['ZADD', '{c}z', '1', 'a', '2', 'b'],
          ['{c}z', 'a', '1'],
        ],
        [
          ['BZPOPMAX', '{d}z', '0'],
          ['ZADD', '{d}z', '1', 'a', '2', 'b'],
          ['{d}z', 'b', '2'],
        ],
        [
          ['BZMPOP', '0', '1', '{d}y', 'MIN'],
          ['ZADD', '{d}y', '1', 'a', '2', 'b'],
          ['{d}y', [['a', '1']]],
        ],
        [
          ['XREAD', 'BLOCK', '0', 'STREAMS', '{e}x', '0'],
          ['XADD', '{e}x', '1-1', 'f', 'v'],
          [['{e}x', [['1-1', ['f', 'v']]]]],
        ],
      ];
      for (const [blocking, write, reply] of served) {
        const [waiting] = await block(blocking);
        expect(await writer.call(...write)).toBeTruthy();
        expect(await waiting, blocking.join(' ')).toEqual(reply);
      }
      expect(await writer.call('XGROUP', 'CREATE', '{e}x', 'g', '$')).toBe('OK');
      const [waiting] = await block(['XREADGROUP', 'GROUP', 'g', 'c', 'BLOCK', '0', 'STREAMS', '{e}x', '>']);
      await writer.call('XADD', '{e}x', '2-1', 'f', 'w');
      expect(await waiting).toEqual([['{e}x', [['2-1', ['f', 'w']]]]]);
      await expectSame();
    },
    LONG_MS,
  );

  it(
    'by a transaction, by a script, several at once, and one through another',
    async () => {
      const [first, second] = await block(['BLPOP', '{t}l', '0'], ['BRPOP', '{t}l', '0']);
      const transaction = [['MULTI'], ['RPUSH', '{t}l', '1', '2', '3'], ['LLEN', '{t}l'], ['EXEC']];
      expect(await writer.pipeline(transaction)).toEqual(['OK', 'QUEUED', 'QUEUED', [3, 3]]);
      expect([await first, await second]).toEqual([
        ['{t}l', '1'],
        ['{t}l', '3'],
      ]);
      await writer.call('DEL', '{t}l');
      const popped = await block(['BLPOP', '{t}l', '0'], ['BLPOP', '{t}l', '0']);
      const script = "return redis.call('RPUSH', KEYS[1], 'a', 'b', 'c')";
      expect(await writer.call('EVAL', script, '1', '{t}l')).toBe(3);
      expect(await Promise.all(popped)).toEqual([
        ['{t}l', 'a'],
        ['{t}l', 'b'],
      ]);
      await writer.call('DEL', '{t}l');
      const chain = await block(['BLMOVE', '{t}l', '{t}m', 'LEFT', 'LEFT', '0'], ['BLPOP', '{t}m', '0']);
      expect(await writer.call('RPUSH', '{t}l', 'a')).toBe(1);
      expect(await Promise.all(chain)).toEqual(['a', ['{t}m', 'a']]);
      await expectSame();
    },
    LONG_MS,
  );

  it(
    'that nobody serves: time is over, unblocked, gone, and on several slots',
    async () => {
      expect(await readers[0]!.call('BLPOP', '{n}l', '0.01')).toBe(null);
      expect(await readers[0]!.call('BLPOP', '{n}l', '{other}l', '1')).toEqual(error(/^CROSSSLOT /));
      const leaver = await gateway.client();
      leaver.sendCommand('BLPOP', '{n}l', '0');
      await waitUntil(async () => (await waitingAt(cluster.masters)).includes(1), 'the client to wait');
      leaver.close();
      await waitUntil(async () => !(await waitingAt(cluster.masters)).includes(1), 'the client to be let go');
      expect(await writer.call('RPUSH', '{n}l', 'kept')).toBe(1);
      expect(await writer.call('LPOP', '{n}l')).toBe('kept');
      await expectSame();
    },
    LONG_MS,
  );

  it(
    'a client follows its slot, whatever was written there meanwhile',
    async () => {
      const slot = slotOf('{move}l');
      const from = await ownerOf(cluster, slot);
      const to = cluster.masters.find((node) => node !== from)!;
      const [first, second] = await block(['BLPOP', '{move}l', '0'], ['BLPOP', '{move}l', '{move}m', '0']);
      await beginMove(slot, from, to);
      // It is made where the slot goes, while the clients still wait where it comes from.
      expect(await writer.call('RPUSH', '{move}l', '1')).toBe(1);
      expect(await waitingAt([from])).toEqual([2]);
      // A third one waits there already.
      readers[2]!.sendCommand('BRPOP', '{move}other', '0');
      await waitUntil(async () => (await waitingAt([to]))[0] === 1, 'the third client to wait');
      await endMove(slot, from, to);
      // Which of the two comes first is the server's affair.
      const taken = await Promise.race([first, second]);
      expect(taken).toEqual(['{move}l', '1']);
      expect(await writer.call('RPUSH', '{move}l', '2')).toBe(1);
      expect(await Promise.all([first, second])).toEqual(
        expect.arrayContaining([
          ['{move}l', '1'],
          ['{move}l', '2'],
        ]),
      );
      await writer.call('RPUSH', '{move}other', '3');
      expect(await readers[2]!.read()).toEqual(['{move}other', '3']);
      // Back again, with a stream and a sorted set.
      const back = await block(
        ['XREAD', 'BLOCK', '0', 'STREAMS', '{move}x', '0'],
        ['BZPOPMIN', '{move}z', '0'],
      );
      await moveSlot(slot, to, from);
      await writer.pipeline([
        ['XADD', '{move}x', '1-1', 'f', 'v'],
        ['ZADD', '{move}z', '1', 'a'],
      ]);
      expect(await Promise.all(back)).toEqual([[['{move}x', [['1-1', ['f', 'v']]]]], ['{move}z', 'a', '1']]);
      await expectSame();
    },
    LONG_MS,
  );

  it(
    'a client stays blocked when its primary hands over to a replica',
    async () => {
      const waiting = await block(['BLPOP', '{hand}l', '0'], ['BRPOP', '{hand}l', '0']);
      const from = await ownerOf(cluster, slotOf('{hand}l'));
      const replica = cluster.replicas[cluster.masters.indexOf(from)]!;
      await ask(replica, 'CLUSTER', 'FAILOVER');
      await waitUntil(
        async () => (await waitingAt([replica]))[0] === 2,
        'the clients to wait at the new primary',
      );
      expect(await writer.call('RPUSH', '{hand}l', '1', '2', '3')).toBe(3);
      expect((await Promise.all(waiting)).map(String).sort()).toEqual(['{hand}l,1', '{hand}l,3']);
      await expectSame();
    },
    LONG_MS,
  );

  it(
    'of a client whose node is killed nobody knows what it was given, and others go on',
    async () => {
      const [waiting] = await block(['BLPOP', '{kill}l', '0']);
      const node = await ownerOf(cluster, slotOf('{kill}l'));
      await node.stop('SIGKILL');
      expect(await waiting).toEqual(error(/^ERR lockstep: .*outcome of this command is unknown/));
      // It waits for the replica to take over; what was sent before the gateway saw the node's end has not run.
      const pushed = await waitUntil(async () => {
        const reply = await writer.call('RPUSH', '{kill}l', '1', '2');
        return typeof reply === 'number' ? reply : undefined;
      }, 'the replica to take over');
      expect(pushed).toBe(2);
      expect(await writer.call('BLPOP', '{kill}l', '0')).toEqual(['{kill}l', '1']);
      await gateway.shadowIdle();
      await expectVerdicts(gateway, { divergent: 0, breakerOpen: 0 });
      expect((await readDirtySlots(gateway))(slotOf('{kill}l'))).toBe(true);
    },
    LONG_MS,
  );
});
