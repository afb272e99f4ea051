/** The options of XREAD and XREADGROUP, as valkey 8.0 `xreadCommand`. Worker thread. */
import { integerAt, isWord, word } from '../arguments.ts';
import type { CommandContext } from '../context.ts';
import { millisecondsAt } from '../timeout.ts';

const BLOCK = word('block');
const COUNT = word('count');
const GROUP = word('group');
const NOACK = word('noack');
const STREAMS = word('streams');

export class ReadOptions {
  /** -1: no BLOCK. */
  timeoutMs = -1;
  most = Number.POSITIVE_INFINITY;
  /** Arguments of the first key, and how many keys there are. */
  firstKey = 0;
  keyCount = 0;
  /** Argument of the group's name; the consumer's follows. 0: none. */
  group = 0;
  withoutPending = false;
}

/** False: the error has been written. */
export function parseReading(context: CommandContext, options: ReadOptions, isGroup: boolean): boolean {
  options.timeoutMs = -1;
  options.most = Number.POSITIVE_INFINITY;
  options.firstKey = 0;
  options.group = 0;
  options.withoutPending = false;
  for (let at = 1; at < context.count && options.firstKey === 0; at++) {
    const more = context.count - at - 1;
    if (more > 0 && isWord(context, at, BLOCK)) {
      if (context.inScript && context.compatibility.level < 702)
        return refuse(
          context,
          `ERR ${context.text(0)} command is not allowed with BLOCK option from scripts`,
        );
      at += 1;
      options.timeoutMs = millisecondsAt(context, at);
      if (Number.isNaN(options.timeoutMs)) return false;
    } else if (more > 0 && isWord(context, at, COUNT)) {
      at += 1;
      const count = integerAt(context, at);
      if (Number.isNaN(count)) return false;
      options.most = count <= 0 ? Number.POSITIVE_INFINITY : count;
    } else if (more > 0 && isWord(context, at, STREAMS)) {
      if (more % 2 !== 0) return refuse(context, unbalanced(context, isGroup));
      options.firstKey = at + 1;
      options.keyCount = more / 2;
    } else if (more > 1 && isWord(context, at, GROUP)) {
      if (!isGroup) return refuse(context, onlyForGroups('GROUP'));
      options.group = at + 1;
      at += 2;
    } else if (isWord(context, at, NOACK)) {
      if (!isGroup) return refuse(context, onlyForGroups('NOACK'));
      options.withoutPending = true;
    } else return refuse(context, 'ERR syntax error');
  }
  if (options.firstKey === 0) return refuse(context, 'ERR syntax error');
  if (isGroup && options.group === 0) return refuse(context, 'ERR Missing GROUP option for XREADGROUP');
  return true;
}

function refuse(context: CommandContext, error: string): boolean {
  context.error(error);
  return false;
}

function onlyForGroups(option: string): string {
  return `ERR The ${option} option is only supported by XREADGROUP. You called XREAD instead.`;
}

function unbalanced(context: CommandContext, isGroup: boolean): string {
  const { isValkey, level } = context.compatibility;
  if (!isValkey && level < 702)
    return "ERR Unbalanced XREAD list of streams: for each stream key an ID or '$' must be specified.";
  const hasPlus = !isGroup && !isValkey && level >= 800;
  const ids = isGroup ? "an ID or '>'" : hasPlus ? "an ID, '+', or '$'" : "an ID or '$'";
  const name = isGroup ? 'xreadgroup' : 'xread';
  return `ERR Unbalanced '${name}' list of streams: for each stream key ${ids} must be specified.`;
}
