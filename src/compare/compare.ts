/**
 * When two replies to one command are equal, by the command's rule. Any thread. It must not know servers or sessions;
 * differences that only some servers have are in `known-differences.ts`.
 */
import { equalBytes } from '../base/bytes.ts';
import type { CompareRule, Expectation } from '../commands/definition.ts';
import { TYPE_ARRAY, TYPE_BULK, TYPE_SIMPLE } from '../resp/constants.ts';
import { errorCode, isError, type Reply } from '../resp/reply.ts';
import { type Difference, within } from './difference.ts';
import { integerValue, isAggregate, isNullReply, sameShape, scalarText } from './leaves.ts';
import { compareUnordered, PairsComparison } from './pairs.ts';
import { compareHeads, OrderedComparison, stepTo } from './structure.ts';

export type { Difference, DivergenceKind } from './difference.ts';

const LONGEST_CURSOR = 64;

/**
 * `undefined` when the replies are equal under the rule, else the first difference. RESP2 and RESP3 forms of one value
 * are equal, errors are compared by meaning. Linear in the size of the replies. Never throws for decoded replies.
 */
export function compareReplies(rule: CompareRule, primary: Reply, shadow: Reply): Difference | undefined {
  if (rule.rule === 'ignore' || isSameFrame(primary, shadow)) return undefined;
  return rule.each === true ? compareEach(rule, primary, shadow) : compareByRule(rule, primary, shadow);
}

/**
 * As `compareReplies`, for a command of an effect, whose reply need not be the original's. `primary` is the primary's
 * reply to the original command.
 */
export function compareExpected(
  expectation: Expectation,
  rule: CompareRule,
  primary: Reply,
  shadow: Reply,
): Difference | undefined {
  switch (expectation.kind) {
    case 'any':
      return undefined;
    case 'primary':
      return compareReplies(rule, primary, shadow);
    case 'part':
      return compareReplies(rule, expectation.part, shadow);
    case 'parts':
      return rule.rule === 'ignore' ? undefined : compareByRule(rule, asArray(expectation.parts), shadow);
    case 'integer':
      return rule.rule === 'ignore' ? undefined : compareInteger(expectation.value, shadow);
  }
}

function compareByRule(rule: CompareRule, primary: Reply, shadow: Reply): Difference | undefined {
  switch (rule.rule) {
    case 'ignore':
      return undefined;
    case 'exact':
      return rule.withZeros !== undefined && (hasZero(primary) || hasZero(shadow))
        ? compareByRule(rule.withZeros, primary, shadow)
        : new OrderedComparison(undefined).compare(primary, shadow);
    case 'float':
      return new OrderedComparison(rule.tolerance ?? 0).compare(primary, shadow);
    case 'unordered':
      return compareUnordered(primary, shadow);
    case 'pairs-unordered':
      return new PairsComparison(rule.ignoreKeys, rule.optionalKeys).compare(primary, shadow);
    case 'ttl':
      return compareTimes(primary, shadow, rule.tolerance ?? 0);
    case 'cursor':
      return compareCursors(primary, shadow);
    case 'error-class':
      return compareClasses(primary, shadow);
    case 'shape':
      return compareShapes(primary, shadow);
  }
}

function compareEach(rule: CompareRule, primary: Reply, shadow: Reply): Difference | undefined {
  if (!isAggregate(primary) || !isAggregate(shadow)) return compareByRule(rule, primary, shadow);
  if (primary.items.length !== shadow.items.length) return { kind: 'length', path: '' };
  for (let index = 0; index < primary.items.length; index += 1) {
    const difference = compareByRule(rule, primary.items[index], shadow.items[index]);
    if (difference !== undefined) return within(stepTo(primary, index), difference);
  }
  return undefined;
}

/** Times to live and times of expiry. Negative numbers are codes (no key, no expiry) and must be the same. */
function compareTimes(primary: Reply, shadow: Reply, tolerance: number): Difference | undefined {
  const heads = compareHeads(primary, shadow);
  if (heads === 'equal') return undefined;
  if (heads !== 'open') return heads;
  if (isAggregate(primary) && isAggregate(shadow)) {
    if (primary.items.length !== shadow.items.length) return { kind: 'length', path: '' };
    for (let index = 0; index < primary.items.length; index += 1) {
      const difference = compareTimes(primary.items[index], shadow.items[index], tolerance);
      if (difference !== undefined) return within(stepTo(primary, index), difference);
    }
    return undefined;
  }
  const primaryTime = integerValue(primary);
  const shadowTime = integerValue(shadow);
  if (Number.isNaN(primaryTime) || Number.isNaN(shadowTime)) {
    return new OrderedComparison(undefined).compare(primary, shadow);
  }
  const isCode = primaryTime < 0 || shadowTime < 0;
  const isEqual = isCode ? primaryTime === shadowTime : Math.abs(primaryTime - shadowTime) <= tolerance;
  return isEqual ? undefined : { kind: 'ttl', path: '' };
}

/** Cursors and pages belong to one server; only that both are replies of a scan can be compared. */
function compareCursors(primary: Reply, shadow: Reply): Difference | undefined {
  const heads = compareHeads(primary, shadow);
  if (heads === 'equal') return undefined;
  if (heads !== 'open') return heads;
  if (isPage(primary) && isPage(shadow)) return undefined;
  return isPage(primary) || isPage(shadow)
    ? { kind: 'type', path: '' }
    : new OrderedComparison(undefined).compare(primary, shadow);
}

function isPage(reply: Reply): boolean {
  if (!isAggregate(reply) || reply.items.length !== 2 || !isAggregate(reply.items[1])) return false;
  const cursor = reply.items[0];
  const length = cursor.valueEnd - cursor.valueStart;
  return cursor.type === TYPE_BULK && !cursor.isNull && length > 0 && length <= LONGEST_CURSOR;
}

/** Errors by their code, statuses by whether they are OK, other replies by their shape. */
function compareClasses(primary: Reply, shadow: Reply): Difference | undefined {
  if (isError(primary) && isError(shadow)) {
    return errorCode(primary) === errorCode(shadow) ? undefined : { kind: 'error', path: '' };
  }
  const difference = compareShapes(primary, shadow);
  if (difference !== undefined || !isStatus(primary) || !isStatus(shadow)) return difference;
  return isOk(primary) === isOk(shadow) ? undefined : { kind: 'value', path: '' };
}

function isStatus(reply: Reply): boolean {
  return !isNullReply(reply) && (reply.type === TYPE_SIMPLE || reply.type === TYPE_BULK);
}

function isOk(reply: Reply): boolean {
  return reply.valueEnd - reply.valueStart === 2 && scalarText(reply) === 'OK';
}

function compareShapes(primary: Reply, shadow: Reply): Difference | undefined {
  const heads = compareHeads(primary, shadow);
  if (heads === 'equal') return undefined;
  if (heads !== 'open') return heads;
  return sameShape(primary.type, shadow.type) ? undefined : { kind: 'type', path: '' };
}

function compareInteger(expected: number, shadow: Reply): Difference | undefined {
  if (isError(shadow)) return { kind: 'error', path: '' };
  if (isNullReply(shadow)) return { kind: 'missing', path: '' };
  const value = integerValue(shadow);
  if (Number.isNaN(value)) return { kind: 'type', path: '' };
  return value === expected ? undefined : { kind: 'value', path: '' };
}

/** An array that was never on the wire. */
function asArray(items: readonly Reply[]): Reply {
  return {
    type: TYPE_ARRAY,
    start: 0,
    end: 0,
    valueStart: 0,
    valueEnd: 0,
    isNull: false,
    items,
    bytes: new Uint8Array(0),
  };
}

function hasZero({ bytes, start, end }: Reply): boolean {
  const at = bytes.indexOf(0, start);
  return at >= 0 && at < end;
}

function isSameFrame(primary: Reply, shadow: Reply): boolean {
  return equalBytes(primary.bytes, primary.start, primary.end, shadow.bytes, shadow.start, shadow.end);
}
