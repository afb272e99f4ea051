/** The patterns of SORT: `weight_*`, `hash_*->field`, `#`. Worker thread; all shards are locked. */
import { asciiBytes, decodeLatin1 } from '../../base/bytes.ts';
import { expireKeyFields } from '../../store/hash-expiry.ts';
import '../../store/hash-hooks.ts';
import { findField, HashWalk } from '../../store/hash-walk.ts';
import { Key, prepareKey } from '../../store/key.ts';
import { recordType } from '../../store/record.ts';
import { stringLength, stringStart } from '../../store/string.ts';
import { TYPE_HASH, TYPE_STRING } from '../../store/types.ts';
import type { CommandContext } from '../context.ts';
import { lookUp } from '../lookup.ts';

const walk = new HashWalk();

/** What a pattern names for an element. Texts have one character per byte. */
export class SortPattern {
  readonly isElement: boolean;
  /** Without a star it names nothing. */
  readonly hasStar: boolean;
  readonly #before: string;
  readonly #after: string;
  readonly #field: Uint8Array | undefined;

  constructor(text: string) {
    const star = text.indexOf('*');
    this.isElement = text === '#';
    this.hasStar = star >= 0;
    this.#before = text.slice(0, star);
    const after = text.slice(star + 1);
    const arrow = after.indexOf('->');
    const hasField = arrow >= 0 && arrow + 2 < after.length;
    this.#after = hasField ? after.slice(0, arrow) : after;
    this.#field = hasField ? asciiBytes(after.slice(arrow + 2)) : undefined;
  }

  /** The value; undefined where there is none, or one of another type. */
  valueFor(context: CommandContext, element: string): string | undefined {
    if (this.isElement) return element;
    if (!this.hasStar) return undefined;
    const name = asciiBytes(this.#before + element + this.#after);
    const key = new Key(context.store.shards[0], name);
    prepareKey(context.store, key, context.database, name, 0, name.length);
    lookUp(context, key);
    if (key.record === 0) return undefined;
    return this.#field === undefined ? stringOf(key) : fieldOf(context, key, this.#field);
  }
}

function stringOf(key: Key): string | undefined {
  const { arena, record } = key;
  if (recordType(arena, record) !== TYPE_STRING) return undefined;
  const start = stringStart(arena, record);
  return decodeLatin1(arena.bytes, start, start + stringLength(arena, record));
}

function fieldOf(context: CommandContext, key: Key, field: Uint8Array): string | undefined {
  if (recordType(key.arena, key.record) !== TYPE_HASH) return undefined;
  expireKeyFields(context.store, key, context.nowMs);
  if (key.record === 0) return undefined;
  if (!findField(walk, key.arena, key.record, field, 0, field.length)) return undefined;
  return decodeLatin1(walk.value, walk.valueStart, walk.valueEnd);
}
