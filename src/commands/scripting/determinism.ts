/**
 * Whether the reply of a script may differ between two servers with the same data, judged by its text. Pure; reads the
 * script in place. Knows Lua's spelling of calls, not scripts' results.
 */
import { asciiBytes, equalsIgnoreCase } from '../../base/bytes.ts';
import type { CommandView, CompareRule } from '../definition.ts';
import { SHAPE } from '../shapes.ts';

/** Commands whose replies are random, follow hash order or time, or tell of the server rather than the data. */
const UNSTABLE_COMMANDS = (
  'client config dbsize dump expiretime function hexpiretime hgetall hkeys hpexpiretime hpttl hrandfield hscan httl ' +
  'hvals info keys lastsave memory object pexpiretime pttl publish pubsub randomkey role scan sdiff sinter smembers ' +
  'spop srandmember sscan sunion time ttl wait waitaof xadd xautoclaim xclaim xinfo xpending zrandmember zscan'
)
  .split(' ')
  .map(asciiBytes);

/** Lua functions with results of their own: math.random, os.clock, and addresses printed by tostring. */
const UNSTABLE_FUNCTIONS = ['random', 'clock', 'tostring'].map(asciiBytes);
const CALL = asciiBytes('call');

const LONGEST_NAME = 16;
const SINGLE_QUOTE = 0x27;
const DOUBLE_QUOTE = 0x22;
const OPEN_PARENTHESIS = 0x28;
const SPACE = 0x20;

/**
 * `compareWith` of EVAL and EVAL_RO: only the reply's shape counts when the script names an unstable command in quotes,
 * uses an unstable function, or calls a command whose name is not written there.
 */
export function scriptRule(command: CommandView): CompareRule | undefined {
  if (command.count < 2) return undefined;
  return isStableScript(command.bytes, command.spans[2], command.spans[3]) ? undefined : SHAPE;
}

/** Whether two servers with the same data give the same reply to the script `bytes[start, end)`, see `scriptRule`. */
export function isStableScript(bytes: Uint8Array, start: number, end: number): boolean {
  for (let at = start; at < end; at += 1) {
    const byte = bytes[at];
    if (byte === SINGLE_QUOTE || byte === DOUBLE_QUOTE) {
      if (quotesUnstableCommand(bytes, at, end)) return false;
    } else if (startsWithUnstableFunction(bytes, at, end) || callsUnnamedCommand(bytes, at, end)) {
      return false;
    }
  }
  return true;
}

function quotesUnstableCommand(bytes: Uint8Array, quoteAt: number, end: number): boolean {
  const start = quoteAt + 1;
  const limit = Math.min(end, start + LONGEST_NAME);
  let close = start;
  while (close < limit && bytes[close] !== bytes[quoteAt]) close += 1;
  if (close === limit) return false;
  for (const name of UNSTABLE_COMMANDS) {
    if (equalsIgnoreCase(bytes, start, close, name)) return true;
  }
  return false;
}

function startsWithUnstableFunction(bytes: Uint8Array, at: number, end: number): boolean {
  for (const name of UNSTABLE_FUNCTIONS) {
    if (bytes[at] === name[0] && hasWord(bytes, at, end, name)) return true;
  }
  return false;
}

/** `call(` or `pcall(` whose first argument does not begin with a quote. */
function callsUnnamedCommand(bytes: Uint8Array, at: number, end: number): boolean {
  if (bytes[at] !== CALL[0] || !hasWord(bytes, at, end, CALL)) return false;
  const open = skipSpace(bytes, at + CALL.length, end);
  if (bytes[open] !== OPEN_PARENTHESIS) return false;
  const first = bytes[skipSpace(bytes, open + 1, end)];
  return first !== SINGLE_QUOTE && first !== DOUBLE_QUOTE;
}

function hasWord(bytes: Uint8Array, at: number, end: number, word: Uint8Array): boolean {
  return at + word.length <= end && equalsIgnoreCase(bytes, at, at + word.length, word);
}

function skipSpace(bytes: Uint8Array, at: number, end: number): number {
  let index = at;
  while (index < end && bytes[index] <= SPACE) index += 1;
  return index;
}
