/**
 * Bytes of the wire format that never change: type characters and ready-made replies. Shared by every thread;
 * nobody may write to these arrays.
 */
import { asciiBytes } from '../base/bytes.ts';

export const CR = 0x0d;
export const LF = 0x0a;

export const TYPE_SIMPLE = 0x2b; // +
export const TYPE_ERROR = 0x2d; // -
export const TYPE_INTEGER = 0x3a; // :
export const TYPE_BULK = 0x24; // $
export const TYPE_ARRAY = 0x2a; // *
export const TYPE_MAP = 0x25; // %
export const TYPE_SET = 0x7e; // ~
export const TYPE_PUSH = 0x3e; // >
export const TYPE_DOUBLE = 0x2c; // ,
export const TYPE_BOOLEAN = 0x23; // #
export const TYPE_BIG_NUMBER = 0x28; // (
export const TYPE_BLOB_ERROR = 0x21; // !
export const TYPE_VERBATIM = 0x3d; // =
export const TYPE_NULL = 0x5f; // _
export const TYPE_ATTRIBUTE = 0x7c; // |
/** One piece of a streamed string. Never the type of a reply. */
export const TYPE_CHUNK = 0x3b; // ;
/** End of a streamed aggregate. Never the type of a reply. */
export const TYPE_END = 0x2e; // .
/** In place of a length: the value is streamed. */
export const STREAMED = 0x3f; // ?

/** Replies nested deeper are refused. Scripts can make all four servers send 7995 levels, where Lua's stack ends. */
export const MAX_DEPTH = 16384;

export const OK = asciiBytes('+OK\r\n');
export const PONG = asciiBytes('+PONG\r\n');
export const QUEUED = asciiBytes('+QUEUED\r\n');
export const RESET = asciiBytes('+RESET\r\n');
/** Null string of RESP2. */
export const NIL2 = asciiBytes('$-1\r\n');
/** Null array of RESP2. */
export const NIL_ARRAY2 = asciiBytes('*-1\r\n');
/** The one null of RESP3. */
export const NIL3 = asciiBytes('_\r\n');
export const EMPTY_ARRAY = asciiBytes('*0\r\n');
export const EMPTY_BULK = asciiBytes('$0\r\n\r\n');
export const ZERO = asciiBytes(':0\r\n');
export const ONE = asciiBytes(':1\r\n');
