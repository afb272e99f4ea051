/** Option words the effect builders look for, as lower-case bytes. Any thread. */
import { asciiBytes } from '../../base/bytes.ts';

export const ABSTTL = asciiBytes('absttl');
export const BLOCK = asciiBytes('block');
export const COUNT = asciiBytes('count');
export const EX = asciiBytes('ex');
export const EXAT = asciiBytes('exat');
export const FIELDS = asciiBytes('fields');
export const GET = asciiBytes('get');
export const GT = asciiBytes('gt');
export const IDMP = asciiBytes('idmp');
export const IDMPAUTO = asciiBytes('idmpauto');
export const IFDEQ = asciiBytes('ifdeq');
export const IFDNE = asciiBytes('ifdne');
export const IFEQ = asciiBytes('ifeq');
export const IFNE = asciiBytes('ifne');
export const JUSTID = asciiBytes('justid');
export const LASTID = asciiBytes('lastid');
export const LIMIT = asciiBytes('limit');
export const LT = asciiBytes('lt');
export const MAXLEN = asciiBytes('maxlen');
export const MINID = asciiBytes('minid');
export const NOACK = asciiBytes('noack');
export const NX = asciiBytes('nx');
export const PX = asciiBytes('px');
export const PXAT = asciiBytes('pxat');
export const STREAMS = asciiBytes('streams');
export const XX = asciiBytes('xx');
