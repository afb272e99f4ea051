/** Keys and slots of a mirrored command, for code that runs for few of them. Worker thread (slot owner). */

import { decodeLatin1 } from '../base/bytes.ts';
import { keySlot } from '../base/slot.ts';
import type { CommandView } from '../commands/definition.ts';
import { findKeys, KeyList, keyFlagsAt } from '../routing/keys.ts';
import type { MirrorItem } from '../shadow/mirror-item.ts';
import type { LocalExecutor } from './executor.ts';

export interface ItemKey {
  /** A copy. */
  readonly key: Uint8Array;
  readonly slot: number;
  /** The command puts elements into it rather than taking them (the destination of BLMOVE). */
  readonly isFilled: boolean;
  /** Clients that wait for the key have nothing to hope for of the command: it reads the key, or takes from it. */
  readonly isTaken: boolean;
}

export function itemKeys(executor: LocalExecutor, item: MirrorItem): ItemKey[] {
  const { frame, frameStart, frameEnd, command } = item;
  const { table } = executor.services;
  const view: CommandView = executor.stream!.parser.parse(frame.bytes, frameStart, frameEnd);
  const list = new KeyList();
  findKeys(table, command, view, list);
  const keys: ItemKey[] = [];
  for (let i = 0; i < list.count; i++) {
    const at = list.indexes[i] * 2;
    const key = view.bytes.slice(view.spans[at], view.spans[at + 1]);
    const flags = keyFlagsAt(table, command, view, list, i);
    const isTaken = flags.includes('RO') || flags.includes('RM') || flags.includes('delete');
    keys.push({ key, slot: keySlot(key, 0, key.length), isFilled: flags.includes('insert'), isTaken });
  }
  return keys;
}

/**
 * The keys that a command may fill, in the order in which it does so, one character per byte. Undefined: that is not
 * known, as of scripts and of what swaps databases.
 */
export function filledKeys(executor: LocalExecutor, item: MirrorItem): string[] | undefined {
  if (item.allSlots || item.definition.group === 'scripting') return undefined;
  const keys = itemKeys(executor, item).filter(({ isTaken }) => !isTaken);
  return keys.map(({ key }) => decodeLatin1(key, 0, key.length));
}
