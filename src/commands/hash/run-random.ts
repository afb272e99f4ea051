/** What HRANDFIELD and HSCAN do on the engine. Worker thread. */
import type { FrameWriter } from '../../resp/encode.ts';
import { fieldCount, hashBody } from '../../store/hash.ts';
import {
  beginFields,
  HASH_TABLE,
  HashWalk,
  nextField,
  randomField,
  showFieldEntry,
} from '../../store/hash-walk.ts';
import type { Key } from '../../store/key.ts';
import { recordEncoding } from '../../store/record.ts';
import { word } from '../arguments.ts';
import type { CommandContext } from '../context.ts';
import { type Elements, runRandomElements, runScanElements } from '../elements.ts';
import { readHash } from './hash-keys.ts';

class Fields implements Elements {
  readonly valuesWord = word('withvalues');
  readonly takesNoValues = true;
  readonly takesNoScores = false;
  readonly #walk = new HashWalk();

  get bytes(): Uint8Array {
    return this.#walk.field;
  }

  get start(): number {
    return this.#walk.fieldStart;
  }

  get end(): number {
    return this.#walk.fieldEnd;
  }

  read(context: CommandContext): Key | undefined {
    return readHash(context, 1);
  }

  size({ arena, record }: Key): number {
    return fieldCount(arena, record);
  }

  table({ arena, record }: Key): number {
    return recordEncoding(arena, record) === HASH_TABLE ? hashBody(arena, record) : 0;
  }

  begin({ arena, record }: Key): void {
    beginFields(this.#walk, arena, record);
  }

  next(): boolean {
    return nextField(this.#walk);
  }

  showRandom({ arena, record }: Key): void {
    randomField(this.#walk, arena, record, Math.random);
  }

  showEntry(entry: number): void {
    showFieldEntry(this.#walk, entry);
  }

  writeValue(_context: CommandContext, writer: FrameWriter): void {
    const { value, valueStart, valueEnd } = this.#walk;
    writer.bulk(value, valueStart, valueEnd);
  }

  another(): Elements {
    return new Fields();
  }
}

const fields = new Fields();

export function runHrandfield(context: CommandContext): void {
  runRandomElements(context, fields);
}

export function runHscan(context: CommandContext): void {
  runScanElements(context, fields);
}
