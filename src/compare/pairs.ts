/**
 * Compares replies that are fields and values in any order: the rule `pairs-unordered`. Any thread. It must not know
 * commands.
 */
import { TYPE_BULK, TYPE_MAP, TYPE_SET, TYPE_SIMPLE, TYPE_VERBATIM } from '../resp/constants.ts';
import type { Reply } from '../resp/reply.ts';
import { type Difference, within } from './difference.ts';
import { Fingerprints } from './fingerprint.ts';
import { isAggregate, isNullReply, scalarText } from './leaves.ts';
import { compareHeads, OrderedComparison, stepTo } from './structure.ts';

/** Among `optionalKeys`: any field may be missing on one side. */
export const ANY_KEY = '*';

interface Pairs {
  readonly keys: readonly string[];
  readonly values: readonly Reply[];
}

/** One comparison; use once. Keys are lower-case or as servers print them: they are compared as they are. */
export class PairsComparison {
  readonly #ignored: ReadonlySet<string>;
  readonly #optional: ReadonlySet<string>;
  readonly #ordered = new OrderedComparison(undefined);

  constructor(ignoreKeys: readonly string[] = [], optionalKeys: readonly string[] = []) {
    this.#ignored = new Set(ignoreKeys);
    this.#optional = new Set(optionalKeys);
  }

  /** Falls back to comparing in order where the replies are not pairs. */
  compare(primary: Reply, shadow: Reply): Difference | undefined {
    const heads = compareHeads(primary, shadow);
    if (heads === 'equal') return undefined;
    if (heads !== 'open') return heads;
    const left = pairsOf(primary);
    const right = pairsOf(shadow);
    if (left === undefined || right === undefined) return this.#ordered.compare(primary, shadow);
    return this.#pairs(left, right);
  }

  #pairs(left: Pairs, right: Pairs): Difference | undefined {
    const places = new Map<string, number>();
    for (let index = 0; index < right.keys.length; index += 1) places.set(right.keys[index], index);
    const seen = new Set(left.keys);
    if (places.size !== right.keys.length || seen.size !== left.keys.length) return repeatedKeys(left, right);
    for (let index = 0; index < left.keys.length; index += 1) {
      const key = left.keys[index];
      if (this.#ignored.has(key)) continue;
      const place = places.get(key);
      if (place === undefined) {
        if (this.#mayLack(key)) continue;
        return { kind: 'missing', path: `{${index}}` };
      }
      const difference = this.#value(left.values[index], right.values[place]);
      if (difference !== undefined) return within(`{${index}}`, difference);
    }
    for (const [key, place] of places) {
      if (!seen.has(key) && !this.#mayLack(key)) return { kind: 'missing', path: `{+${place}}` };
    }
    return undefined;
  }

  #mayLack(key: string): boolean {
    return this.#ignored.has(key) || this.#optional.has(key) || this.#optional.has(ANY_KEY);
  }

  /** A value that is itself made of fields is compared so too, as far as that can be told in RESP2. */
  #value(primary: Reply, shadow: Reply): Difference | undefined {
    if (!isAggregate(primary) || !isAggregate(shadow)) {
      return this.#ordered.compare(primary, shadow);
    }
    if (this.#isFields(primary) || this.#isFields(shadow)) return this.compare(primary, shadow);
    if (primary.type === TYPE_SET || shadow.type === TYPE_SET) return compareUnordered(primary, shadow);
    if (primary.items.length !== shadow.items.length) return { kind: 'length', path: '' };
    for (let index = 0; index < primary.items.length; index += 1) {
      const difference = this.#value(primary.items[index], shadow.items[index]);
      if (difference !== undefined) return within(stepTo(primary, index), difference);
    }
    return undefined;
  }

  #isFields(reply: Reply): boolean {
    if (reply.type === TYPE_MAP) return true;
    const items = reply.items;
    if (items.length === 0 || items.length % 2 !== 0) return false;
    for (let index = 0; index < items.length; index += 2) {
      if (!isText(items[index])) return false;
      const key = scalarText(items[index]);
      if (this.#ignored.has(key) || this.#optional.has(key)) return true;
    }
    return false;
  }
}

/** Compares elements as a multiset at every depth: the rule `unordered`. Other replies as under `exact`. */
export function compareUnordered(primary: Reply, shadow: Reply): Difference | undefined {
  const heads = compareHeads(primary, shadow);
  if (heads === 'equal') return undefined;
  if (heads !== 'open') return heads;
  if (!isAggregate(primary) || !isAggregate(shadow))
    return new OrderedComparison(undefined).compare(primary, shadow);
  if (primary.type === TYPE_MAP || shadow.type === TYPE_MAP)
    return new PairsComparison().compare(primary, shadow);
  if (primary.items.length !== shadow.items.length) return { kind: 'length', path: '' };
  const unmatched = new Fingerprints(true).firstUnmatched(primary.items, shadow.items);
  return unmatched === -1 ? undefined : { kind: 'value', path: stepTo(primary, unmatched) };
}

/** Not fields after all (HRANDFIELD with a negative count …): pairs as a multiset. */
function repeatedKeys(left: Pairs, right: Pairs): Difference | undefined {
  if (left.keys.length !== right.keys.length) return { kind: 'length', path: '' };
  const fingerprints = new Fingerprints(true);
  const counts = new Map<string, number>();
  for (let index = 0; index < right.keys.length; index += 1) {
    const pair = pairText(right, index, fingerprints);
    counts.set(pair, (counts.get(pair) ?? 0) + 1);
  }
  for (let index = 0; index < left.keys.length; index += 1) {
    const pair = pairText(left, index, fingerprints);
    const count = counts.get(pair) ?? 0;
    if (count === 0) return { kind: 'value', path: `{${index}}` };
    counts.set(pair, count - 1);
  }
  return undefined;
}

function pairText(pairs: Pairs, index: number, fingerprints: Fingerprints): string {
  return `${fingerprints.of(pairs.values[index])} ${pairs.keys[index]}`;
}

/** A map, a flat array of keys and values, or an array of two-element arrays; undefined if it is none of them. */
function pairsOf(reply: Reply): Pairs | undefined {
  if (!isAggregate(reply)) return undefined;
  const items = reply.items;
  if (reply.type !== TYPE_MAP && items.length > 0 && isAggregate(items[0])) return nestedPairs(items);
  if (items.length % 2 !== 0) return undefined;
  const keys: string[] = [];
  const values: Reply[] = [];
  for (let index = 0; index < items.length; index += 2) {
    if (isAggregate(items[index]) || isNullReply(items[index])) return undefined;
    keys.push(scalarText(items[index]));
    values.push(items[index + 1]);
  }
  return { keys, values };
}

function nestedPairs(items: readonly Reply[]): Pairs | undefined {
  const keys: string[] = [];
  const values: Reply[] = [];
  for (const pair of items) {
    if (!isAggregate(pair) || pair.items.length !== 2 || !isText(pair.items[0])) return undefined;
    keys.push(scalarText(pair.items[0]));
    values.push(pair.items[1]);
  }
  return { keys, values };
}

function isText(reply: Reply): boolean {
  if (isNullReply(reply)) return false;
  return reply.type === TYPE_BULK || reply.type === TYPE_SIMPLE || reply.type === TYPE_VERBATIM;
}
