/**
 * Whether a gateway answered as the server did. Bytes are equal, or the reply is of the same type and equal by a rule
 * of the product's own comparison: the command's, where that rule only forgives order and the passing of time, or the
 * one that the case names.
 */

import type { CompareRule, CompareRuleName } from '../../src/commands/definition.ts';
import { compareReplies } from '../../src/compare/compare.ts';
import { ruleFor } from '../../src/compare/rule-for.ts';
import { isError, type Reply, replyText } from '../../src/resp/reply.ts';
import { viewOf } from '../unit/commands/view.ts';
import type { CommandLine } from './command-text.ts';
import { type Mode, ownReply, table } from './modes.ts';

/** Rules of the catalogue that hold between a server and a gateway in front of it. */
const STRICT: ReadonlySet<CompareRuleName> = new Set([
  'exact',
  'unordered',
  'pairs-unordered',
  'float',
  'ttl',
]);
const EXACT: CompareRule = { rule: 'exact' };
/** What a server says of itself changes; the names of what it says do not. */
const FIELDS = 'fields';

/** Undefined when equal. `frames` are the replies to this one command in this mode. */
export function judge(
  line: CommandLine,
  mode: Mode,
  expected: readonly Buffer[],
  actual: readonly Buffer[],
): string | undefined {
  if (expected.every((frame, index) => actual[index]?.equals(frame) === true)) return undefined;
  const before = mode.repliesPerCommand - 1;
  for (let index = 0; index < before; index++) {
    if (actual[index] === undefined || expected[index]?.equals(actual[index] as Buffer) !== true) {
      return difference(expected[index], actual[index]);
    }
  }
  if (expected[before] === undefined || actual[before] === undefined) {
    return difference(expected[before], actual[before]);
  }
  if (line.rule === 'ignore') return undefined;
  const [left, right] = [ownReply(mode, expected), ownReply(mode, actual)];
  const same = expected[before]?.[0] === actual[before]?.[0] && sameByRule(line, left, right);
  return same ? undefined : difference(expected[before], actual[before]);
}

function sameByRule(line: CommandLine, left: Reply, right: Reply): boolean {
  if (left.type !== right.type || left.isNull !== right.isNull) return false;
  if (isError(left)) return replyText(left) === replyText(right);
  if (line.rule === FIELDS) return fieldsOf(left) === fieldsOf(right);
  return compareReplies(ruleOf(line), left, right) === undefined;
}

function ruleOf(line: CommandLine): CompareRule {
  if (line.rule !== undefined) return { rule: line.rule as CompareRuleName };
  const view = viewOf(...line.args.map((argument) => Buffer.from(argument, 'latin1')));
  const id = table.lookup(view.bytes, view.spans, view.count);
  const definition = table.definitions[id];
  if (definition === undefined) return EXACT;
  const rule = ruleFor(definition, view, new Map());
  return STRICT.has(rule.rule) ? rule : EXACT;
}

/** Field names of a text such as INFO or CLIENT LIST, and of a map, with the types of the values. */
function fieldsOf(reply: Reply): string {
  if (reply.items.length === 0) return replyText(reply).replace(/(\b[\w.-]+[:=])[^\s,]*/g, '$1');
  const fields = reply.items.map((item, index) => {
    if (item.items.length > 0) return `[${fieldsOf(item)}]`;
    return index % 2 === 0 ? replyText(item) : String.fromCharCode(item.type);
  });
  return fields.join(' ');
}

function difference(expected: Buffer | undefined, actual: Buffer | undefined): string {
  return `expected ${showFrame(expected)} got ${showFrame(actual)}`;
}

export function showFrame(frame: Buffer | undefined): string {
  if (frame === undefined) return 'nothing';
  const text = JSON.stringify(frame.toString('latin1'));
  return text.length > 400 ? `${text.slice(0, 400)}… (${frame.length} bytes)` : text;
}
