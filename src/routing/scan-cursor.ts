/**
 * Cursors of a SCAN over all nodes of a cluster: 63-bit numbers, never 0, that hold all there is to know. Pure; any
 * thread. See `scan-step.ts` for what the parts mean.
 *
 *   bit 62       1, which tells it from the cursors of servers
 *   bits 48..61  slot: keys of all slots below it have been returned
 *   bit 47       1: the slot's other half, at the node it is moving to
 *   bits 32..46  who is being asked (0: nobody yet), see `signatureOf`
 *   bits 0..31   the node's own cursor, without its slot where it has one. While nobody is being asked: 0, or the Unix
 *                time in seconds since which no node says that it has the slot
 */
const MARK = 1n << 62n;
const SLOT_SHIFT = 48n;
const SLOT_MASK = 0x3fffn;
const HALF_BIT = 1n << 47n;
const SIGNATURE_SHIFT = 32n;
const SIGNATURE_MASK = 0x7fffn;
const NODE_MASK = 0xffffffffn;

export interface ScanCursor {
  readonly slot: number;
  readonly isOtherHalf: boolean;
  /** 0: nothing has been read at `slot` yet; `node` is 0n, or since when the slot has been without a node. */
  readonly signature: number;
  readonly node: bigint;
}

/** No server's cursor may be larger. */
export const MOST_NODE_CURSOR = NODE_MASK;

export const SCAN_BEGIN: ScanCursor = { slot: 0, isOtherHalf: false, signature: 0, node: 0n };

/** Servers take cursors of 64 bits. */
const LARGEST = 0xffffffffffffffffn;
const DIGITS = /^\d{1,20}$/;

/**
 * - a cursor: of this gateway, or `SCAN_BEGIN` for 0.
 * - `foreign`: a number that it never gives. - `malformed`: none that servers are sure to take.
 */
export function readScanCursor(text: string): ScanCursor | 'foreign' | 'malformed' {
  if (!DIGITS.test(text)) return 'malformed';
  const value = BigInt(text);
  if (value === 0n) return SCAN_BEGIN;
  if (value > LARGEST) return 'malformed';
  if (value >> 62n !== 1n) return 'foreign';
  return {
    slot: Number((value >> SLOT_SHIFT) & SLOT_MASK),
    isOtherHalf: (value & HALF_BIT) !== 0n,
    signature: Number((value >> SIGNATURE_SHIFT) & SIGNATURE_MASK),
    node: value & NODE_MASK,
  };
}

export function formatScanCursor({ slot, isOtherHalf, signature, node }: ScanCursor): string {
  const half = isOtherHalf ? HALF_BIT : 0n;
  return String(MARK | (BigInt(slot) << SLOT_SHIFT) | half | (BigInt(signature) << SIGNATURE_SHIFT) | node);
}

/** 15 bits, never 0, of what must stay as it is while a range of slots is read. */
export function signatureOf(text: string): number {
  let hash = 0x811c9dc5;
  for (let at = 0; at < text.length; at += 1) hash = Math.imul(hash ^ text.charCodeAt(at), 0x01000193);
  const mixed = (hash ^ (hash >>> 15)) >>> 0;
  return 1 + (mixed % 0x7fff);
}
