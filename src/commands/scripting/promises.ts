/**
 * What a script says about itself in its first line, `#!lua flags=no-writes`. Pure; reads the script in place. Any
 * thread. It must not know Lua. Cold: for a script that is looked at while the server holds writes back.
 */
import { decodeLatin1 } from '../../base/bytes.ts';

const LINE_END = 0x0a;
const NO_WRITES = 'no-writes';

/** Whether the script `bytes[start, end)` has promised not to write. */
export function promisesNoWrites(bytes: Uint8Array, start: number, end: number): boolean {
  const lineEnd = bytes.indexOf(LINE_END, start);
  if (lineEnd < 0 || lineEnd >= end) return false;
  const [engine, ...options] = decodeLatin1(bytes, start, lineEnd).split(/\s+/);
  if (!engine.startsWith('#!')) return false;
  return options.some((option) => {
    const [name, flags = ''] = option.split('=');
    return name === 'flags' && flags.split(',').includes(NO_WRITES);
  });
}
