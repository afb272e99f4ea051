/**
 * The code of an error reply as far as it may be shown: scripts make errors of their own, so what is not one of the
 * servers' own codes may be a client's secret. Any thread.
 */
import { decodeText } from '../base/bytes.ts';

const MINUS = 0x2d;
const BANG = 0x21;
const LINE_FEED = 0x0a;
/** Room for the longest code, and the head of a reply that has its length before it. */
const LONGEST = 64;

const CODES = new Set(
  (
    'ASK BUSY BUSYGROUP BUSYKEY CLUSTERDOWN CROSSSLOT DENIED ERR EXECABORT INPROG INVALIDOBJ IOERR LOADING ' +
    'MASTERDOWN MISCONF MOVED NOAUTH NOGOODSLAVE NOGROUP NOMASTERLINK NOPERM NOPROTO NOQUORUM NOREPLICAS NOSCRIPT ' +
    'NOTBUSY NOTREADONLY OOM READONLY SYNTAX TRYAGAIN UNBLOCKED UNKILLABLE VERSION WRONGPASS WRONGTYPE'
  ).split(' '),
);

/** '' where the reply is none; `_OTHER` for a code that is no server's. `bytes[start, end)`: at least its beginning. */
export function errorCodeOf(bytes: Uint8Array, start: number, end: number): string {
  const first = bytes[start];
  if (first !== MINUS && first !== BANG) return '';
  const head = bytes.indexOf(LINE_FEED, start);
  const from = first === MINUS || head < 0 ? start + 1 : head + 1;
  const word = /^[A-Z]+/.exec(decodeText(bytes, from, Math.min(end, from + LONGEST)))?.[0] ?? '';
  return CODES.has(word) ? word : '_OTHER';
}
