/**
 * Why SORT may not be run by who may not read every key: its patterns may name any. Cold: of such users alone. Options
 * as the servers read them (valkey 8.0 `sortCommandGeneric`); what is wrong with them the server says.
 */
import { asciiBytes } from '../base/bytes.ts';
import type { CommandView } from '../commands/definition.ts';
import { argumentIs } from '../commands/effects/arguments.ts';

const FLAGS = ['asc', 'desc', 'alpha'].map(asciiBytes);
const LIMIT = asciiBytes('limit');
const STORE = asciiBytes('store');
const BY = asciiBytes('by');
const GET = asciiBytes('get');
const STAR = 0x2a;

/** The error, or undefined. */
export function sortPatternRefusal(command: CommandView): string | undefined {
  for (let at = 2; at < command.count; at++) {
    const left = command.count - at - 1;
    if (FLAGS.some((word) => argumentIs(command, at, word))) continue;
    if (argumentIs(command, at, LIMIT) && left >= 2) at += 2;
    else if (argumentIs(command, at, STORE) && left >= 1) at += 1;
    else if (argumentIs(command, at, BY) && left >= 1) {
      at += 1;
      if (hasStar(command, at)) return denied('BY');
    } else if (argumentIs(command, at, GET) && left >= 1) return denied('GET');
    else return undefined;
  }
  return undefined;
}

function denied(option: string): string {
  return `ERR ${option} option of SORT denied due to insufficient ACL permissions.`;
}

function hasStar({ bytes, spans }: CommandView, argument: number): boolean {
  for (let at = spans[2 * argument]; at < spans[2 * argument + 1]; at++) if (bytes[at] === STAR) return true;
  return false;
}
