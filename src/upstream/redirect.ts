/**
 * The errors with which a node of a cluster says that it has not run a command, and that another node, or a later
 * moment, is the right one. Pure; any thread. Texts as in valkey 8.0 `clusterRedirectClient`, `processCommand`,
 * `disconnectAllBlockedClients` and `shared.masterdownerr`.
 */
import { asciiBytes, decodeText, equalBytes } from '../base/bytes.ts';

export type Redirect =
  /** The slot belongs to that node. `host` '': the one that said so. */
  | { readonly kind: 'moved' | 'ask'; readonly slot: number; readonly host: string; readonly port: number }
  /** Here, but not now. */
  | {
      readonly kind: 'later';
      /** The node is no primary any more: it has let go of what waited there, and ends the connection. */
      readonly isLeft?: boolean;
    };

/** No redirect is longer: names have at most 255 bytes. */
export const LONGEST_REDIRECT = 320;

const MINUS = 0x2d;
const CAPITALS = new Uint8Array(256);
for (const letter of 'MATCLRU') CAPITALS[letter.charCodeAt(0)] = 1;

const TRY_LATER = [
  '-TRYAGAIN ',
  '-CLUSTERDOWN ',
  '-LOADING ',
  '-MASTERDOWN ',
  "-READONLY You can't write against a read only ",
].map(asciiBytes);
/** Not that of CLIENT UNBLOCK. */
const GONE = asciiBytes('-UNBLOCKED force unblock ');

/** Whether a reply that begins like this may be a redirect. */
export function mayRedirect(bytes: Uint8Array, start: number, end: number): boolean {
  return bytes[start] === MINUS && (end - start < 2 || CAPITALS[bytes[start + 1]] === 1);
}

/** What the whole error reply `bytes[start, end)` says, or undefined: it is an answer like any other. */
export function parseRedirect(bytes: Uint8Array, start: number, end: number): Redirect | undefined {
  if (!mayRedirect(bytes, start, end)) return undefined;
  for (const text of TRY_LATER) if (begins(bytes, start, end, text)) return { kind: 'later' };
  if (begins(bytes, start, end, GONE)) return { kind: 'later', isLeft: true };
  if (end - start > LONGEST_REDIRECT) return undefined;
  const match = /^-(MOVED|ASK) (\d{1,5}) (.*):(\d{1,5})\r\n$/.exec(decodeText(bytes, start, end));
  if (match === null) return undefined;
  const [, kind, slot, host = '', port] = match;
  // A node that does not know the other's name yet.
  if (host === '?') return { kind: 'later' };
  return {
    kind: kind === 'ASK' ? 'ask' : 'moved',
    slot: Number(slot),
    host: host.replace(/^\[(.*)\]$/, '$1'),
    port: Number(port),
  };
}

function begins(bytes: Uint8Array, start: number, end: number, text: Uint8Array): boolean {
  return end - start >= text.length && equalBytes(bytes, start, start + text.length, text, 0, text.length);
}
