/** Lists as plain arrays, and random commands on them with the replies that they must get. */
import type { Random } from '../../../src/base/random.ts';
import { anyText } from '../memory/fuzzing.ts';

export type Expected = string | number | null | readonly Expected[];

/** A reply in RESP2, of texts with one character per byte. */
export function encodeExpected(expected: Expected): string {
  if (expected === null) return '$-1\r\n';
  if (typeof expected === 'number') return `:${expected}\r\n`;
  if (typeof expected === 'string')
    return expected === '+OK' ? '+OK\r\n' : `$${expected.length}\r\n${expected}\r\n`;
  return `*${expected.length}\r\n${expected.map(encodeExpected).join('')}`;
}

export interface Step {
  readonly args: readonly string[];
  readonly expected: Expected;
  /** Lists afterwards. */
  readonly after: ReadonlyMap<string, readonly string[]>;
}

export class ListModel {
  lists: Map<string, readonly string[]> = new Map();
  readonly #random: Random;
  readonly #keys: readonly string[];
  readonly #mostCount: number;

  constructor(random: Random, keys: readonly string[], mostCount: number) {
    this.#random = random;
    this.#keys = keys;
    this.#mostCount = mostCount;
  }

  step(): Step {
    const { lists } = this;
    const random = this.#random;
    const key = random.pick(this.#keys);
    const list = lists.get(key) ?? [];
    const isFull = list.length > this.#mostCount;
    if (isFull) return this.#trim(key, list);
    switch (random.integer(12)) {
      case 0:
      case 1:
      case 2:
        return this.#push(key, list);
      case 3:
        return this.#pop(key, list);
      case 4:
        return this.#insert(key, list);
      case 5:
        return this.#set(key, list);
      case 6:
        return this.#remove(key, list);
      case 7:
        return random.integer(8) === 0 ? this.#trim(key, list) : this.#range(key, list);
      case 8:
        return this.#find(key, list);
      case 9:
      case 10:
        return this.#move(key, list);
      default:
        return this.#read(key, list);
    }
  }

  #with(
    ...changes: readonly (readonly [string, readonly string[]])[]
  ): ReadonlyMap<string, readonly string[]> {
    const after = new Map(this.lists);
    for (const [key, list] of changes) {
      if (list.length === 0) after.delete(key);
      else after.set(key, list);
    }
    return after;
  }

  /** An element of the list, or of none. */
  #text(list: readonly string[]): string {
    return list.length > 0 && this.#random.integer(3) > 0 ? this.#random.pick(list) : anyText(this.#random);
  }

  #push(key: string, list: readonly string[]): Step {
    const random = this.#random;
    const count = random.integer(10) === 0 ? 200 : 1 + random.integer(4);
    const texts = Array.from({ length: count }, () => this.#text(list));
    const atFront = random.integer(2) === 0;
    const now = atFront ? [...texts.toReversed(), ...list] : [...list, ...texts];
    return {
      args: [atFront ? 'LPUSH' : 'RPUSH', key, ...texts],
      expected: now.length,
      after: this.#with([key, now]),
    };
  }

  #pop(key: string, list: readonly string[]): Step {
    const random = this.#random;
    const atFront = random.integer(2) === 0;
    const name = atFront ? 'LPOP' : 'RPOP';
    if (list.length === 0) return { args: [name, key], expected: null, after: this.lists };
    const count = random.integer(3) === 0 ? 1 + random.integer(list.length) : 1;
    const taken = atFront ? list.slice(0, count) : list.slice(-count).toReversed();
    const rest = atFront ? list.slice(count) : list.slice(0, list.length - count);
    const isSingle = count === 1 && random.integer(2) === 0;
    return {
      args: isSingle ? [name, key] : [name, key, String(count)],
      expected: isSingle ? taken[0] : taken,
      after: this.#with([key, rest]),
    };
  }

  #insert(key: string, list: readonly string[]): Step {
    const random = this.#random;
    const [pivot, text] = [this.#text(list), this.#text(list)];
    const behind = random.integer(2) === 0;
    const args = ['LINSERT', key, behind ? 'AFTER' : 'BEFORE', pivot, text];
    const at = list.indexOf(pivot);
    if (at < 0) return { args, expected: list.length === 0 ? 0 : -1, after: this.lists };
    const now = list.toSpliced(behind ? at + 1 : at, 0, text);
    return { args, expected: now.length, after: this.#with([key, now]) };
  }

  #set(key: string, list: readonly string[]): Step {
    if (list.length === 0) return this.#push(key, list);
    const index = this.#random.integer(2 * list.length) - list.length;
    const text = this.#text(list);
    const now = list.with(index, text);
    return { args: ['LSET', key, String(index), text], expected: '+OK', after: this.#with([key, now]) };
  }

  #remove(key: string, list: readonly string[]): Step {
    const text = this.#text(list);
    const count = this.#random.integer(7) - 3;
    const forward = count >= 0;
    const most = count === 0 ? list.length : Math.abs(count);
    let removed = 0;
    const kept = (forward ? [...list] : list.toReversed()).filter((one) => {
      if (one !== text || removed === most) return true;
      removed += 1;
      return false;
    });
    return {
      args: ['LREM', key, String(count), text],
      expected: removed,
      after: this.#with([key, forward ? kept : kept.toReversed()]),
    };
  }

  #trim(key: string, list: readonly string[]): Step {
    const [start, stop] = this.#bounds(list);
    const args = ['LTRIM', key, String(start), String(stop)];
    return { args, expected: '+OK', after: this.#with([key, slice(list, start, stop)]) };
  }

  #range(key: string, list: readonly string[]): Step {
    const [start, stop] = this.#bounds(list);
    const args = ['LRANGE', key, String(start), String(stop)];
    return { args, expected: slice(list, start, stop), after: this.lists };
  }

  #bounds(list: readonly string[]): readonly [number, number] {
    const any = (): number => this.#random.integer(2 * list.length + 4) - list.length - 2;
    return [any(), any()];
  }

  #find(key: string, list: readonly string[]): Step {
    const text = this.#text(list);
    const forward = this.#random.integer(2) === 0;
    const rank = 1 + this.#random.integer(2);
    const count = this.#random.integer(3);
    const all = list.flatMap((one, at) => (one === text ? [at] : []));
    const found = (forward ? all : all.toReversed()).slice(rank - 1);
    return {
      args: ['LPOS', key, text, 'RANK', String(forward ? rank : -rank), 'COUNT', String(count)],
      expected: count === 0 ? found : found.slice(0, count),
      after: this.lists,
    };
  }

  #move(key: string, list: readonly string[]): Step {
    const random = this.#random;
    const target = random.pick(this.#keys);
    const [fromFront, toFront] = [random.integer(2) === 0, random.integer(2) === 0];
    const args = ['LMOVE', key, target, fromFront ? 'LEFT' : 'RIGHT', toFront ? 'LEFT' : 'RIGHT'];
    if (list.length === 0) return { args, expected: null, after: this.lists };
    const text = fromFront ? list[0] : list[list.length - 1];
    const rest = fromFront ? list.slice(1) : list.slice(0, -1);
    const into = target === key ? rest : (this.lists.get(target) ?? []);
    const now = toFront ? [text, ...into] : [...into, text];
    return { args, expected: text, after: this.#with([key, rest], [target, now]) };
  }

  #read(key: string, list: readonly string[]): Step {
    const random = this.#random;
    if (random.integer(2) === 0) return { args: ['LLEN', key], expected: list.length, after: this.lists };
    const index = random.integer(2 * list.length + 2) - list.length - 1;
    return { args: ['LINDEX', key, String(index)], expected: list.at(index) ?? null, after: this.lists };
  }
}

function slice(list: readonly string[], start: number, stop: number): readonly string[] {
  const first = Math.max(0, start < 0 ? list.length + start : start);
  const last = stop < 0 ? list.length + stop : stop;
  return first > last ? [] : list.slice(first, last + 1);
}
