/** What the owner of the primary's connections does for the mirror stream. Worker thread. */
import type { Reread } from './judge.ts';
import type { MirrorItem } from './mirror-item.ts';

export interface LeasedKey {
  readonly key: Uint8Array;
  readonly database: number;
  readonly resp: 2 | 3;
}

/** Keys that the shadow keeps past their near expiry until they are known to be gone on the primary. */
export interface Leases {
  /** The primary has run a command, or may have; told in the order of each slot. */
  hasRun(item: MirrorItem): void;
  /**
   * Takes a key on. It is gone by `goneAtMs` if nobody writes to it; `Infinity`: only the primary can tell.
   * It is asked at `askAtMs`. False: there are too many such keys, and this one must expire by itself.
   */
  mayAdd(leased: LeasedKey, expiresAtMs: number, goneAtMs: number, askAtMs: number): boolean;
  /** Of all keys that are kept now. */
  leasedSlots(): Int32Array;
}

export interface PrimarySide {
  readonly leases: Leases;
  /** The primary has answered a command that holds its slots itself: others may use them now. */
  releaseSlots(item: MirrorItem): void;
  isLeased(item: MirrorItem): boolean;
  /** Reads again on the primary, and mirrors it, to confirm a difference. False: not possible now. */
  reread(request: Reread): boolean;
}
