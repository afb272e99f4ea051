/** What ZRANDMEMBER and ZSCAN do on the engine. Worker thread. */
import type { FrameWriter, RespVersion } from '../../resp/encode.ts';
import type { Key } from '../../store/key.ts';
import { recordEncoding } from '../../store/record.ts';
import { scoredCount, sortedSetBody, ZSET_TREE } from '../../store/sorted-set.ts';
import '../../store/sorted-set-hooks.ts';
import { scoreTable } from '../../store/sorted-set-tree.ts';
import {
  beginRanks,
  nextScored,
  randomScored,
  SortedSetWalk,
  showScoreEntry,
} from '../../store/sorted-set-walk.ts';
import { TYPE_ZSET } from '../../store/types.ts';
import { word } from '../arguments.ts';
import type { CommandContext } from '../context.ts';
import { type Elements, runRandomElements, runScanElements } from '../elements.ts';
import { readTyped } from '../lookup.ts';
import { writeScore } from './scored-reply.ts';

class ScoredMembers implements Elements {
  readonly valuesWord = word('withscores');
  readonly takesNoValues = false;
  readonly takesNoScores = true;
  readonly #walk = new SortedSetWalk();

  get bytes(): Uint8Array {
    return this.#walk.bytes;
  }

  get start(): number {
    return this.#walk.start;
  }

  get end(): number {
    return this.#walk.end;
  }

  read(context: CommandContext): Key | undefined {
    return readTyped(context, 1, TYPE_ZSET);
  }

  size({ arena, record }: Key): number {
    return scoredCount(arena, record);
  }

  table({ arena, record }: Key): number {
    if (recordEncoding(arena, record) !== ZSET_TREE) return 0;
    return scoreTable(arena, sortedSetBody(arena, record));
  }

  /** Where all are asked for at random they come from the highest score down, as in the servers. */
  begin({ arena, record }: Key, forScan: boolean): void {
    const size = scoredCount(arena, record);
    const body = sortedSetBody(arena, record);
    beginRanks(
      this.#walk,
      arena,
      recordEncoding(arena, record),
      body,
      forScan ? 0 : size - 1,
      size,
      !forScan,
    );
  }

  next(): boolean {
    return nextScored(this.#walk);
  }

  showRandom({ arena, record }: Key): void {
    const body = sortedSetBody(arena, record);
    randomScored(this.#walk, arena, recordEncoding(arena, record), body, Math.random);
  }

  showEntry(entry: number): void {
    showScoreEntry(this.#walk, entry);
  }

  writeValue(context: CommandContext, writer: FrameWriter, resp: RespVersion): void {
    writeScore(writer, resp, this.#walk.score, context.printsAllDigits);
  }

  another(): Elements {
    return new ScoredMembers();
  }
}

const members = new ScoredMembers();

export function runZrandmember(context: CommandContext): void {
  runRandomElements(context, members);
}

export function runZscan(context: CommandContext): void {
  runScanElements(context, members);
}
