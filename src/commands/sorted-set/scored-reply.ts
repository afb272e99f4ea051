/** Lists of members with or without their scores, as replies. Worker thread. */
import { generalText } from '../../base/double-text.ts';
import type { FrameWriter, RespVersion } from '../../resp/encode.ts';
import type { SortedSetWalk } from '../../store/sorted-set-walk.ts';
import type { CommandContext } from '../context.ts';

/** The head of a list of members. In RESP3 members and scores come in pairs of their own. */
export function beginScored(
  writer: FrameWriter,
  resp: RespVersion,
  count: number,
  withScores: boolean,
): void {
  writer.array(withScores && resp === 2 ? 2 * count : count);
}

/** The member that a walk stands on. */
export function writeScored(
  writer: FrameWriter,
  resp: RespVersion,
  from: SortedSetWalk,
  withScores: boolean,
  printsAllDigits: boolean,
): void {
  if (withScores && resp === 3) writer.array(2);
  writer.bulk(from.bytes, from.start, from.end);
  if (withScores) writeScore(writer, resp, from.score, printsAllDigits);
}

export function writeScore(
  writer: FrameWriter,
  resp: RespVersion,
  score: number,
  printsAllDigits: boolean,
): void {
  if (printsAllDigits) writer.doubleText(generalText(score, 17), resp);
  else writer.double(score, resp);
}

/** As `writeScored`, into the reply of a command. */
export function replyScored(context: CommandContext, from: SortedSetWalk, withScores: boolean): void {
  writeScored(context.writer, context.resp, from, withScores, context.printsAllDigits);
}
