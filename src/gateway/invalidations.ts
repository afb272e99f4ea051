/** How invalidations of cached keys look on the wire, in either version of RESP. Pure; worker thread. */
import { asciiBytes } from '../base/bytes.ts';

export const INVALIDATION_CHANNEL = '__redis__:invalidate';
/** How one begins in RESP3; the keys follow, or a null. */
export const INVALIDATION = asciiBytes('>2\r\n$10\r\ninvalidate\r\n');
/** The same in RESP2: a message of a channel. */
export const INVALIDATION_MESSAGE = asciiBytes(`*3\r\n$7\r\nmessage\r\n$20\r\n${INVALIDATION_CHANNEL}\r\n`);
