/**
 * Compares replies element by element, in order: the rules `exact` and `float`. Any thread. It must not know commands.
 * Recursion is bounded: `decodeReply` opens aggregates to a limited depth.
 */
import { TYPE_MAP } from '../resp/constants.ts';
import { isError, type Reply } from '../resp/reply.ts';
import { type Difference, within } from './difference.ts';
import { normaliseErrorText } from './error-texts.ts';
import { Fingerprints } from './fingerprint.ts';
import { compareScalars, isAggregate, isNullReply, sameValueType, scalarText } from './leaves.ts';

/**
 * What errors and nulls decide before any rule looks at values: a difference; `equal`, when both are errors with the
 * same meaning or both are null; `open`, when both are values.
 */
export function compareHeads(primary: Reply, shadow: Reply): Difference | 'equal' | 'open' {
  const failed = isError(primary);
  if (failed !== isError(shadow)) return { kind: 'error', path: '' };
  if (failed) return sameError(primary, shadow) ? 'equal' : { kind: 'error', path: '' };
  const isNull = isNullReply(primary);
  if (isNull !== isNullReply(shadow)) return { kind: 'missing', path: '' };
  return isNull ? 'equal' : 'open';
}

function sameError(primary: Reply, shadow: Reply): boolean {
  const primaryText = scalarText(primary);
  const shadowText = scalarText(shadow);
  return primaryText === shadowText || normaliseErrorText(primaryText) === normaliseErrorText(shadowText);
}

/** Items of both when they are aggregates of matching types; a map also matches an array of its pairs (XREAD). */
export function matchItems(primary: Reply, shadow: Reply): readonly [readonly Reply[], readonly Reply[]] {
  if (primary.type === shadow.type) return [primary.items, shadow.items];
  if (primary.type === TYPE_MAP) return [primary.items, unpair(shadow.items, primary.items.length)];
  if (shadow.type === TYPE_MAP) return [unpair(primary.items, shadow.items.length), shadow.items];
  return [primary.items, shadow.items];
}

function unpair(items: readonly Reply[], flatCount: number): readonly Reply[] {
  if (items.length === 0 || items.length * 2 !== flatCount) return items;
  const isPaired = items.every((item) => isAggregate(item) && item.items.length === 2);
  return isPaired ? items.flatMap((item) => item.items) : items;
}

/** Where element `index` of this aggregate is, for a path. */
export function stepTo(aggregate: Reply, index: number): string {
  return aggregate.type === TYPE_MAP ? `{${index >> 1}}` : `[${index}]`;
}

/** One comparison; use once. */
export class OrderedComparison {
  readonly #tolerance: number | undefined;
  #fingerprints: Fingerprints | undefined;

  /** `tolerance` undefined compares texts, a number compares printed doubles as numbers. */
  constructor(tolerance: number | undefined) {
    this.#tolerance = tolerance;
  }

  compare(primary: Reply, shadow: Reply): Difference | undefined {
    const heads = compareHeads(primary, shadow);
    if (heads === 'equal') return undefined;
    if (heads !== 'open') return heads;
    const isInner = isAggregate(primary);
    if (isInner !== isAggregate(shadow)) return { kind: 'type', path: '' };
    if (isInner) return this.#aggregates(primary, shadow);
    const kind = compareScalars(primary, shadow, this.#tolerance);
    return kind === undefined ? undefined : { kind, path: '' };
  }

  #aggregates(primary: Reply, shadow: Reply): Difference | undefined {
    if (!sameValueType(primary.type, shadow.type)) return { kind: 'type', path: '' };
    const [left, right] = matchItems(primary, shadow);
    if (left.length !== right.length) return { kind: 'length', path: '' };
    for (let index = 0; index < left.length; index += 1) {
      const difference = this.compare(left[index], right[index]);
      if (difference === undefined) continue;
      const step = stepTo(primary.type === TYPE_MAP ? primary : shadow, index);
      if (difference.kind !== 'order' && this.#isReordered(left, right)) return { kind: 'order', path: step };
      return within(step, difference);
    }
    return undefined;
  }

  #isReordered(left: readonly Reply[], right: readonly Reply[]): boolean {
    if (left.length < 2) return false;
    this.#fingerprints ??= new Fingerprints(false);
    return this.#fingerprints.samePieces(left, right);
  }
}
