/**
 * Property: a SCAN over a cluster that changes under it returns every key that is there throughout. The cluster is a
 * model: nodes with their own order of keys, slots that move key by key, and nodes that are replaced by replicas.
 */
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { keySlot, SLOT_COUNT } from '../../../src/base/slot.ts';
import { FrameWriter } from '../../../src/resp/encode.ts';
import { ScanStep } from '../../../src/routing/scan-step.ts';
import { encodeCommand } from '../../support/raw-client.ts';
import { testSeed } from '../../support/seed.ts';
import { viewOf } from '../commands/view.ts';

const BUCKETS = 16;
const NODE_COUNT = 3;
const slotOf = (key: string): number => keySlot(Buffer.from(key), 0, key.length);
const STABLE = Array.from({ length: 60 }, (_, index) => `{${index % 15}}:${index}`);
const SLOTS = [...new Set(STABLE.map(slotOf))].sort((left, right) => left - right);

interface Node {
  id: string;
  epoch: number;
  seed: number;
  readonly keys: Set<string>;
}

class Cluster {
  readonly nodes: Node[] = [];
  readonly owners: number[];
  readonly moving = new Map<number, number>();
  /** What a client knows, by slot. */
  map: number[];
  #epoch = 0;
  readonly #hasSlotCursors: boolean;

  constructor(hasSlotCursors: boolean) {
    this.#hasSlotCursors = hasSlotCursors;
    for (let index = 0; index < NODE_COUNT; index += 1) this.nodes.push(this.#newNode(index));
    this.owners = Array.from({ length: SLOT_COUNT }, (_, slot) =>
      Math.floor((slot * NODE_COUNT) / SLOT_COUNT),
    );
    this.map = [...this.owners];
    for (const key of STABLE) this.nodes[this.owners[slotOf(key)]].keys.add(key);
  }

  #newNode(index: number): Node {
    this.#epoch += 1;
    return { id: `${index}-${this.#epoch}`, epoch: this.#epoch, seed: this.#epoch * 7919, keys: new Set() };
  }

  begin(slot: number, to: number): void {
    if (this.owners[slot] !== to && !this.moving.has(slot)) this.moving.set(slot, to);
  }

  /** One of the slot's keys moves. */
  moveOne(slot: number): void {
    const to = this.moving.get(slot);
    if (to === undefined) return;
    const from = this.nodes[this.owners[slot]].keys;
    const key = [...from].find((each) => slotOf(each) === slot);
    if (key === undefined) return;
    this.nodes[to].keys.add(key);
    from.delete(key);
  }

  finish(slot: number): void {
    const to = this.moving.get(slot);
    if (to === undefined) return;
    for (let left = STABLE.length; left > 0; left -= 1) this.moveOne(slot);
    this.moving.delete(slot);
    this.owners[slot] = to;
    this.#epoch += 1;
    this.nodes[to].epoch = this.#epoch;
  }

  failOver(index: number): void {
    const { keys } = this.nodes[index];
    this.nodes[index] = { ...this.#newNode(index), keys };
  }

  learn(): void {
    this.map = [...this.owners];
  }

  /** CLUSTER NODES, asked of a node. */
  describe(index: number): string {
    return this.nodes
      .map((node, at) => {
        const mine = at === index ? this.#slotsOf(at) : [];
        const flags = at === index ? 'myself,master' : 'master';
        return `${node.id} 127.0.0.1:${at + 1}@${at + 1} ${flags} - 0 0 ${node.epoch} connected ${mine.join(' ')}`;
      })
      .join('\n');
  }

  #slotsOf(index: number): string[] {
    const words: string[] = [];
    for (let slot = 0; slot < SLOT_COUNT; slot += 1) {
      if (this.owners[slot] !== index) continue;
      let last = slot;
      while (last + 1 < SLOT_COUNT && this.owners[last + 1] === index) last += 1;
      words.push(`${slot}-${last}`);
      slot = last;
    }
    for (const [slot, to] of this.moving) {
      if (this.owners[slot] === index) words.push(`[${slot}->-${this.nodes[to].id}]`);
      if (to === index) words.push(`[${slot}-<-${this.nodes[this.owners[slot]].id}]`);
    }
    return words;
  }

  /** SCAN, asked of a node: two buckets at a time. */
  scan(index: number, cursor: bigint): { next: bigint; keys: string[] } {
    const { seed, keys } = this.nodes[index];
    const bucketOf = (key: string): number => Math.imul(hash(key) ^ seed, 0x9e3779b1) >>> 28;
    if (!this.#hasSlotCursors) {
      const at = Number(cursor);
      const found = [...keys].filter((key) => bucketOf(key) >= at && bucketOf(key) < at + 2);
      return { next: at + 2 >= BUCKETS ? 0n : BigInt(at + 2), keys: found };
    }
    const slot = Number(cursor & 0x3fffn);
    const at = Number(cursor >> 14n);
    const found = [...keys].filter(
      (key) => slotOf(key) === slot && bucketOf(key) >= at && bucketOf(key) < at + 2,
    );
    if (at + 2 < BUCKETS && [...keys].some((key) => slotOf(key) === slot)) {
      return { next: (BigInt(at + 2) << 14n) | BigInt(slot), keys: found };
    }
    const later = [...keys].map(slotOf).filter((each) => each > slot);
    return { next: later.length === 0 ? 0n : BigInt(Math.min(...later)), keys: found };
  }
}

function hash(text: string): number {
  let value = 17;
  for (const character of text) value = Math.imul(value ^ character.charCodeAt(0), 0x01000193);
  return value;
}

const bulk = (text: string): string => `$${text.length}\r\n${text}\r\n`;

/** One SCAN of a client; `between` happens before each question is asked. */
function runStep(
  cluster: Cluster,
  cursor: string,
  hasSlotCursors: boolean,
  between: () => void,
  nowMs = 1_000_000,
): [string, string[]] {
  const step = ScanStep.of(viewOf('SCAN', cursor, 'COUNT', '10'), hasSlotCursors, nowMs);
  if (step === undefined) throw new Error('a cursor of its own is malformed');
  for (let question = step.question; question !== undefined; question = step.question) {
    between();
    const owner = cluster.map[question.slot];
    let reply: string;
    if (question.kind === 'nodes') reply = bulk(cluster.describe(owner));
    else {
      const node = question.address === undefined ? owner : question.address.port - 1;
      const text = Buffer.from(question.frame).toString();
      const asked = /\r\n\$\d+\r\n(\d+)\r\n/.exec(text)?.[1] ?? '';
      expect(text).toBe(encodeCommand(['SCAN', asked, 'COUNT', '10']).toString());
      const { next, keys } = cluster.scan(node, BigInt(asked));
      reply = `*2\r\n${bulk(String(next))}*${keys.length}\r\n${keys.map(bulk).join('')}`;
    }
    const bytes = Buffer.from(reply);
    step.answer(bytes, 0, bytes.length);
  }
  if (step.isMapOld) cluster.learn();
  const out = new FrameWriter();
  step.write(out);
  const words = Buffer.from(out.bytes.slice(0, out.length)).toString().split('\r\n');
  if (words[0].startsWith('-')) throw new Error(words[0]);
  return [words[2], words.slice(4).filter((_, index) => index % 2 === 1)];
}

const slot = fc.constantFrom(...SLOTS);
const node = fc.integer({ min: 0, max: NODE_COUNT - 1 });
const event = fc.oneof(
  { weight: 6, arbitrary: fc.constant((): void => {}) },
  {
    weight: 3,
    arbitrary: fc.tuple(slot, node).map(
      ([at, to]) =>
        (cluster: Cluster) =>
          cluster.begin(at, to),
    ),
  },
  { weight: 6, arbitrary: slot.map((at) => (cluster: Cluster) => cluster.moveOne(at)) },
  { weight: 2, arbitrary: slot.map((at) => (cluster: Cluster) => cluster.finish(at)) },
  { weight: 1, arbitrary: node.map((index) => (cluster: Cluster) => cluster.failOver(index)) },
  { weight: 1, arbitrary: fc.constant((cluster: Cluster): void => cluster.learn()) },
);

it.each([
  ['one order for all keys of a node', false],
  ['cursors that hold a slot', true],
])('a scan loses nothing: %s', (_, hasSlotCursors) => {
  const seed = testSeed('scan over a changing cluster');
  fc.assert(
    fc.property(fc.array(event, { maxLength: 400 }), (events) => {
      const cluster = new Cluster(hasSlotCursors);
      const seen = new Set<string>();
      let at = 0;
      const between = (): void => {
        events[at]?.(cluster);
        at += 1;
      };
      let cursor = '0';
      let steps = 0;
      do {
        const [next, keys] = runStep(cluster, cursor, hasSlotCursors, between);
        for (const key of keys) seen.add(key);
        expect(BigInt(next) < 1n << 63n).toBe(true);
        cursor = next;
        steps += 1;
        // It ends soon after the changes do.
        expect(steps).toBeLessThan(events.length + 2_000);
      } while (cursor !== '0');
      expect(STABLE.filter((key) => !seen.has(key))).toEqual([]);
    }),
    { seed, numRuns: 100 },
  );
});

it.each([false, true])('notices a slot that left and came back (slot cursors: %s)', (hasSlotCursors) => {
  for (const slot of SLOTS) {
    const cluster = new Cluster(hasSlotCursors);
    const home = cluster.owners[slot];
    const move = (to: number): void => {
      cluster.begin(slot, to);
      cluster.finish(slot);
    };
    const seen = new Set<string>();
    let cursor = '0';
    let trips = 0;
    do {
      let questions = 0;
      const [next, keys] = runStep(cluster, cursor, hasSlotCursors, () => {
        questions += 1;
        // Away while its node is read, and back when the node says what it has.
        if (questions === 1 && cursor !== '0' && trips < 8) move((home + 1) % NODE_COUNT);
        if (questions === 2 && cluster.owners[slot] !== home) {
          move(home);
          trips += 1;
        }
      });
      for (const key of keys) seen.add(key);
      cursor = next;
    } while (cursor !== '0');
    expect(trips).toBeGreaterThan(0);
    expect(STABLE.filter((key) => !seen.has(key))).toEqual([]);
  }
});

it.each([false, true])(
  'does not wait for ever for a slot that no node has (slot cursors: %s)',
  (hasSlotCursors) => {
    const cluster = new Cluster(hasSlotCursors);
    const [slot] = SLOTS;
    const seen = new Set<string>();
    const isLost = { now: true };
    const step = (cursor: string, second: number): string => {
      const between = (): void => {
        // Whoever is asked says that another one has it.
        if (isLost.now) cluster.map.fill((cluster.owners[slot] + 1) % NODE_COUNT, 0, slot + 1);
      };
      const [next, keys] = runStep(cluster, cursor, hasSlotCursors, between, second * 1000);
      for (const key of keys) seen.add(key);
      return next;
    };
    const waiting = step('0', 5);
    expect(step(waiting, 65)).toBe(waiting);
    expect(() => step(waiting, 66)).toThrow('-ERR lockstep: no node of the cluster says that it has slot 0');
    isLost.now = false;
    // The cursor is still good when the slot has a node again.
    let cursor = step(waiting, 1_000);
    expect(cursor).not.toBe(waiting);
    while (cursor !== '0') cursor = step(cursor, 1_000);
    expect(STABLE.filter((key) => !seen.has(key))).toEqual([]);
  },
);
