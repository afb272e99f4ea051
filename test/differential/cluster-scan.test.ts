/**
 * SCAN over real clusters whose slots move meanwhile: every key that is there throughout is returned, by every release
 * and with every kind of cursor.
 */
import { describe, expect, it } from 'vitest';
import { createRandom } from '../../src/base/random.ts';
import { SLOT_COUNT } from '../../src/base/slot.ts';
import { FrameWriter } from '../../src/resp/encode.ts';
import { CLUSTER_NODES, ScanStep } from '../../src/routing/scan-step.ts';
import { ask, startCluster, type TestCluster } from '../support/cluster.ts';
import { encodeCommand, type RawClient } from '../support/raw-client.ts';
import { testSeed } from '../support/seed.ts';
import { type ServerName, serverNames } from '../support/servers.ts';
import { viewOf } from '../unit/commands/view.ts';

const KEY_COUNT = 3_000;
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
    const step = ScanStep.of(viewOf(...args), hasSlotCursors);
    if (step === undefined) throw new Error('malformed');
    for (let question = step.question; question !== undefined; question = step.question) {
      const address = question.kind === 'scan' ? question.address : undefined;
      const node =
        address === undefined
          ? this.#owners[question.slot]
          : this.#cluster.nodes.findIndex(({ port }) => port === address.port);
      const client = this.#clients[node];
      client.send(question.kind === 'nodes' ? CLUSTER_NODES : question.frame);
      const { bytes } = await client.readFrame();
      step.answer(bytes, 0, bytes.length);
    }
    if (step.isMapOld) await this.learn();
    const out = new FrameWriter();
    step.write(out);
    const words = Buffer.from(out.bytes.slice(0, out.length)).toString().split('\r\n');
    if (words[0].startsWith('-')) throw new Error(words[0]);
    return [words[2], words.slice(4).filter((_, index) => index % 2 === 1)];
  }
}

/** Moves one slot from node to node as resharding tools do, key by key; `pause` is called in the middle. */
async function moveSlot(cluster: TestCluster, slot: number, pause: () => Promise<void>): Promise<void> {
  const { masters } = cluster;
  const owned = await Promise.all(
    masters.map(async (node) => String(await ask(node, 'CLUSTER', 'NODES')).split('\n')),
  );
  const from = owned.findIndex((lines) => {
    const words =
      lines
        .find((line) => line.includes('myself'))
        ?.split(' ')
        .slice(8) ?? [];
    return words.some((word) => {
      const [first, last = first] = word.split('-').map(Number);
      return slot >= first && slot <= last;
    });
  });
  const to = (from + 1) % masters.length;
  const [source, target] = [masters[from], masters[to]];
  const ids = await Promise.all(masters.map((node) => ask(node, 'CLUSTER', 'MYID')));
  await ask(target, 'CLUSTER', 'SETSLOT', slot, 'IMPORTING', String(ids[from]));
  await ask(source, 'CLUSTER', 'SETSLOT', slot, 'MIGRATING', String(ids[to]));
  const keys = (await ask(source, 'CLUSTER', 'GETKEYSINSLOT', slot, KEY_COUNT)) as string[];
  for (const [index, key] of keys.entries()) {
    if (index === Math.floor(keys.length / 2)) await pause();
    await ask(source, 'MIGRATE', target.host, target.port, key, 0, 5_000);
  }
  for (const node of [target, source]) await ask(node, 'CLUSTER', 'SETSLOT', slot, 'NODE', String(ids[to]));
  for (const node of masters) await ask(node, 'CLUSTER', 'SETSLOT', slot, 'NODE', String(ids[to]));
}

/** Writes the keys; gives their slots. */
async function writeKeys(cluster: TestCluster): Promise<number[]> {
  const clients = await Promise.all(cluster.masters.map((node) => node.client()));
  const slots = new Set<number>();
  for (const key of KEYS) {
    const slot = Number(await clients[0].call('CLUSTER', 'KEYSLOT', key));
    slots.add(slot);
    const owner = Math.floor((slot * cluster.masters.length) / SLOT_COUNT);
    expect(await clients[owner].call('SET', key, 'value')).toBe('OK');
  }
  return [...slots];
}

const slotsInCursors = (name: ServerName): boolean => name !== 'redis-7.0';

describe.each(serverNames)('%s', (name) => {
  it('returns every key while slots move', async () => {
    const random = createRandom(testSeed(`scan on ${name}`));
    const cluster = await startCluster(name, 3);
    const driver = await Driver.connect(cluster);
    const known = await writeKeys(cluster);
    const hasSlotCursors = slotsInCursors(name);
    // At rest first: nothing twice, nothing else.
    const walk = async (change: (cursor: string) => Promise<void>): Promise<string[]> => {
      const found: string[] = [];
      let cursor = '0';
      do {
        const [next, keys] = await driver.step(hasSlotCursors, 'SCAN', cursor, 'COUNT', '40');
        found.push(...keys);
        cursor = next;
        await change(cursor);
      } while (cursor !== '0');
      return found;
    };
    const atRest = await walk(async () => {});
    expect(new Set(atRest)).toEqual(new Set(KEYS));
    expect(atRest).toHaveLength(KEY_COUNT);
    const [, tagged] = await driver.step(hasSlotCursors, 'SCAN', '0', 'COUNT', '100000', 'MATCH', '{7}*');
    expect(tagged.every((key) => key.startsWith('{7}'))).toBe(true);

    let moves = 0;
    for (let round = 0; round < 3; round += 1) {
      const before = moves;
      // Scans go on in the middle of moves, too: the walk and a move take turns.
      let moving: Promise<void> | undefined;
      let resume = (): void => {};
      const found = await walk(async () => {
        if (random.integer(3) > 0 || moves - before > 40) {
          resume();
          await moving;
          moving = undefined;
          return;
        }
        if (moving !== undefined) return;
        moves += 1;
        const halfway = new Promise<void>((reached) => {
          moving = moveSlot(cluster, known[random.integer(known.length)], async () => {
            reached();
            await new Promise<void>((go) => {
              resume = go;
            });
          });
        });
        await halfway;
      });
      resume();
      await moving;
      const missing = KEYS.filter((key) => !found.includes(key));
      expect(missing).toEqual([]);
      expect(moves).toBeGreaterThan(before);
    }
  }, 300_000);

  it('gives the errors of servers', async () => {
    const cluster = await startCluster(name, 1);
    const driver = await Driver.connect(cluster);
    const client = await cluster.masters[0].client();
    const error = (await client.callBytes('SCAN', '0', 'COUNT', 'x')).toString().trim();
    await expect(driver.step(slotsInCursors(name), 'SCAN', '0', 'COUNT', 'x')).rejects.toThrow(error);
    for (const malformed of ['x', '', ' 1', '-1', '1.5']) {
      expect(ScanStep.of(viewOf('SCAN', malformed), true)).toBeUndefined();
    }
    // No cursor of this gateway.
    expect(await driver.step(slotsInCursors(name), 'SCAN', '17')).toEqual(['0', []]);
    expect(encodeCommand(['CLUSTER', 'NODES'])).toEqual(CLUSTER_NODES);
  });
});
