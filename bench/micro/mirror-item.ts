/**
 * A mirrored command's item, made anew for each command or used again: `node bench/run.mjs micro/mirror-item [depth]`.
 * `depth` of them are on their way (800: 50 clients, P=16). Nanoseconds of processor time, the collector's included,
 * least and median of the rounds.
 */
import { Chunk } from '../../src/base/copies.ts';
import { buildCommandTable } from '../../src/commands/table.ts';
import { MirrorItem } from '../../src/shadow/mirror-item.ts';
import { NO_EVENTS } from '../../test/support/item-events.ts';
import { spreadOf } from '../measure.ts';

const ROUNDS = 20;
const WARM_UPS = 5;
const COMMANDS = 400_000;

class Way {
  readonly #ring: MirrorItem[] = [];
  readonly #spent: MirrorItem[] = [];
  readonly #depth: number;
  readonly #isReused: boolean;
  readonly #chunk = new Chunk(new Uint8Array(1024));
  readonly #table = buildCommandTable();
  readonly #get = this.#table.byName('get');

  constructor(depth: number, isReused: boolean) {
    this.#depth = depth;
    this.#isReused = isReused;
  }

  run(): void {
    for (let at = 0; at < COMMANDS; at++) {
      const oldest = this.#ring[at % this.#depth];
      if (this.#isReused && oldest?.isSpent === true) this.#spent.push(oldest);
      this.#ring[at % this.#depth] = this.#begin(at);
    }
  }

  /** With what a plain GET sets on its way. */
  #begin(at: number): MirrorItem {
    const definition = this.#table.definitions[this.#get]!;
    const [chunk, start] = [this.#chunk, at & 511];
    const item = this.#spent.pop() ?? new MirrorItem(NO_EVENTS);
    const now = 1.7e12 + at;
    item.begin(this.#get, definition, false, 0, 2, now, chunk, start, start + 40);
    item.slot = at & 16383;
    item.keyStart = start + 20;
    item.keyEnd = start + 30;
    item.isShort = true;
    item.sentAtMs = now + 1;
    item.answer = chunk;
    item.onShadow = true;
    item.mirroredAtMs = at + 0.25;
    item.placeOn(1, 2);
    item.partsLeft = 1;
    return item;
  }
}

/** Prints the table; `args` as on the command line. */
export function run(args: readonly string[]): void {
  const depth = Number(args[0] ?? 800);
  const ways = { 'a new one': new Way(depth, false), 'used again': new Way(depth, true) };
  const taken = new Map<string, number[]>();
  for (let round = -WARM_UPS; round < ROUNDS; round++) {
    for (const [name, way] of Object.entries(ways)) {
      const before = process.cpuUsage();
      way.run();
      const { user, system } = process.cpuUsage(before);
      if (round >= 0) taken.set(name, [...(taken.get(name) ?? []), ((user + system) * 1000) / COMMANDS]);
    }
  }
  for (const [name, values] of taken) {
    const { min, median } = spreadOf(values);
    console.log(`${name}: ${min.toFixed(0)} / ${median.toFixed(0)} ns`);
  }
}
