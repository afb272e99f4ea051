/**
 * SCAN over real clusters whose slots move meanwhile: every key that is there throughout is returned, by every release
 * and with every kind of cursor.
 */
import { describe, expect, it } from 'vitest';
import { createRandom } from '../../src/base/random.ts';
import { keySlot, SLOT_COUNT } from '../../src/base/slot.ts';
import { FrameWriter } from '../../src/resp/encode.ts';
import { CLUSTER_NODES, ScanStep } from '../../src/routing/scan-step.ts';
import { ask, startCluster, type TestCluster } from '../support/cluster.ts';
import { encodeCommand, type RawClient } from '../support/raw-client.ts';
import { beginMove, endMove, moveKeys, waitForAgreement } from '../support/reshard.ts';
import { testSeed } from '../support/seed.ts';
import { type ServerName, serverNames, type TestServer } from '../support/servers.ts';
import { viewOf } from '../unit/commands/view.ts';

const KEY_COUNT = 3_000;
/** Walks while slots move, and moves in each. */
const ROUNDS = 2;
const MOVES = 20;
const KEYS = Array.from({ length: KEY_COUNT }, (_, index) => `{${index % 500}}:${index}`);

class Driver {
  readonly #cluster: TestCluster;
  readonly #clients: RawClient[];
  /** By slot: index of the node, as CLUSTER SLOTS of the first one has it. */
  #owners: number[] = [];

  private constructor(cluster: TestCluster, clients: RawClient[]) {
    this.#cluster = cluster;
    this.#clients = clients;
  }

  static async connect(cluster: TestCluster): Promise<Driver> {
    const driver = new Driver(cluster, await Promise.all(cluster.nodes.map((node) => node.client())));
    await driver.learn();
    return driver;
  }

  async learn(): Promise<void> {
    const ranges = (await this.#clients[0].call('CLUSTER', 'SLOTS')) as [number, number, [string, number]][];
    for (const [first, last, [, port]] of ranges) {
      const index = this.#cluster.nodes.findIndex((node) => node.port === port);
      for (let slot = first; slot <= last; slot += 1) this.#owners[slot] = index;
    }
  }

  async step(hasSlotCursors: boolean, ...args: string[]): Promise<[cursor: string, keys: string[]]> {
    const step = ScanStep.of(viewOf(...args), hasSlotCursors, Date.now());
    if (step === undefined) throw new Error('malformed');
    for (let question = step.question; question !== undefined; question = step.question) {
      const address = question.kind === 'scan' ? question.address : undefined;
      const node =
        address === undefined
          ? this.#owners[question.slot]
          : this.#cluster.nodes.findIndex(({ port }) => port === address.port);
      const client = this.#clients[node];
      client.send(question.kind === 'nodes' ? CLUSTER_NODES : question.frame);
      const { bytes } = await client.readFrame(client.timeoutMs, [question.kind, question.slot]);
      step.answer(bytes, 0, bytes.length);
    }
    if (step.isMapOld) await this.learn();
    const out = new FrameWriter();
    step.write(out);
    const words = Buffer.from(out.bytes.slice(0, out.length)).toString().split('\r\n');
    if (words[0].startsWith('-')) throw new Error(words[0]);
    return [words[2], words.slice(4).filter((_, index) => index % 2 === 1)];
  }

  /** From cursor to cursor to the end; gives all keys. `change` is called after each step. */
  async walk(hasSlotCursors: boolean, change: () => Promise<void>): Promise<string[]> {
    const found: string[] = [];
    let cursor = '0';
    let isSettled = false;
    do {
      const [next, keys] = await this.step(hasSlotCursors, 'SCAN', cursor, 'COUNT', '40');
      found.push(...keys);
      // Nothing was read, as the map is older than the last move. Once all nodes have heard of that, it is not.
      if (next === cursor) {
        if (isSettled) throw new Error(`no way on from cursor ${cursor}`);
        await waitForAgreement(this.#cluster.masters);
        await this.learn();
        isSettled = true;
        continue;
      }
      isSettled = false;
      cursor = next;
      await change();
    } while (cursor !== '0');
    return found;
  }
}

/** Moves one slot to the next node as resharding tools do, key by key; `pause` is called in the middle. */
async function moveSlot(
  masters: readonly TestServer[],
  slot: number,
  pause: () => Promise<void>,
): Promise<void> {
  await waitForAgreement(masters);
  const counts = await Promise.all(masters.map((node) => ask(node, 'CLUSTER', 'COUNTKEYSINSLOT', slot)));
  const at = counts.findIndex((count) => Number(count) > 0);
  if (at < 0) throw new Error(`slot ${slot} has no keys any more`);
  const [from, to, ...others] = [...masters.slice(at), ...masters.slice(0, at)];
  await beginMove(slot, from, to);
  for (let half = Math.floor(Number(counts[at]) / 2); half > 0; half -= 1) await moveKeys(slot, from, to, 1);
  await pause();
  while ((await moveKeys(slot, from, to, 1)) > 0);
  await endMove(slot, from, to, others);
}

/** Writes the keys; gives their slots. */
async function writeKeys(masters: readonly TestServer[]): Promise<number[]> {
  const byOwner = masters.map((): string[][] => []);
  const slots = new Set<number>();
  for (const key of KEYS) {
    const bytes = Buffer.from(key);
    const slot = keySlot(bytes, 0, bytes.length);
    slots.add(slot);
    byOwner[Math.floor((slot * masters.length) / SLOT_COUNT)].push(['SET', key, 'value']);
  }
  for (const [index, node] of masters.entries()) {
    const client = await node.client();
    expect(new Set(await client.pipeline(byOwner[index]))).toEqual(new Set(['OK']));
    client.close();
  }
  return [...slots];
}

const slotsInCursors = (name: ServerName): boolean => name !== 'redis-7.0';

describe.each(serverNames)('%s', (name) => {
  it('returns every key while slots move', async () => {
    const random = createRandom(testSeed(`scan on ${name}`));
    // Nodes that get no time for a while have not failed.
    const cluster = await startCluster(name, 3, false, { args: ['--cluster-node-timeout', '30000'] });
    const driver = await Driver.connect(cluster);
    const { masters } = cluster;
    const known = await writeKeys(masters);
    const hasSlotCursors = slotsInCursors(name);
    // At rest first: nothing twice, nothing else.
    const atRest = await driver.walk(hasSlotCursors, async () => {});
    expect(new Set(atRest)).toEqual(new Set(KEYS));
    expect(atRest).toHaveLength(KEY_COUNT);
    const [, tagged] = await driver.step(hasSlotCursors, 'SCAN', '0', 'COUNT', '100000', 'MATCH', '{7}*');
    expect(tagged.every((key) => key.startsWith('{7}'))).toBe(true);

    for (let round = 0; round < ROUNDS; round += 1) {
      let moves = 0;
      // Scans go on in the middle of moves, too: the walk and a move take turns.
      let moving: Promise<void> | undefined;
      let resume = (): void => {};
      const found = await driver.walk(hasSlotCursors, async () => {
        if (random.integer(3) > 0 || moves === MOVES) {
          resume();
          await moving;
          moving = undefined;
          return;
        }
        if (moving !== undefined) return;
        moves += 1;
        const slot = known[random.integer(known.length)];
        const halfway = new Promise<void>((reached) => {
          moving = moveSlot(masters, slot, async () => {
            reached();
            await new Promise<void>((go) => {
              resume = go;
            });
          });
        });
        // A move that fails never gets there.
        await Promise.race([halfway, moving]);
      });
      resume();
      await moving;
      const returned = new Set(found);
      expect(KEYS.filter((key) => !returned.has(key))).toEqual([]);
      expect(moves).toBeGreaterThan(0);
    }
  }, 300_000);

  it('gives the errors of servers', async () => {
    const cluster = await startCluster(name, 1);
    const driver = await Driver.connect(cluster);
    const client = await cluster.masters[0].client();
    const error = (await client.callBytes('SCAN', '0', 'COUNT', 'x')).toString().trim();
    await expect(driver.step(slotsInCursors(name), 'SCAN', '0', 'COUNT', 'x')).rejects.toThrow(error);
    for (const malformed of ['x', '', ' 1', '-1', '1.5']) {
      expect(ScanStep.of(viewOf('SCAN', malformed), true, Date.now())).toBeUndefined();
    }
    // No cursor of this gateway.
    expect(await driver.step(slotsInCursors(name), 'SCAN', '17')).toEqual(['0', []]);
    expect(encodeCommand(['CLUSTER', 'NODES'])).toEqual(CLUSTER_NODES);
  });
});
