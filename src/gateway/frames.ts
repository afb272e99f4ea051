/** Small helpers on scanned commands, for code that runs less than once per command. */

import { copyOf, decodeLatin1 } from '../base/bytes.ts';
import type { CommandView } from '../commands/definition.ts';
import { FrameParser } from '../commands/parsed-frame.ts';
import { TYPE_ARRAY } from '../resp/constants.ts';
import { FrameWriter } from '../resp/encode.ts';
import type { LinkContext } from '../upstream/handshake.ts';
import type { Frame } from './ports.ts';

/** The frame alone, in memory of its own. */
export function copyFrame(frame: Frame): Frame {
  const { frameStart, frameEnd } = frame;
  return {
    bytes: copyOf(frame.bytes, frameStart, frameEnd),
    spans: frame.spans.slice(0, frame.count * 2).map((offset) => offset - frameStart),
    count: frame.count,
    frameStart: 0,
    frameEnd: frameEnd - frameStart,
  };
}

/** Argument `index`, one character per byte; '' when there is none. */
export function argumentText(frame: CommandView, index: number): string {
  if (index >= frame.count) return '';
  return decodeLatin1(frame.bytes, frame.spans[index * 2], frame.spans[index * 2 + 1]);
}

function argumentTexts(frame: CommandView): string[] {
  return Array.from({ length: frame.count }, (_, index) => argumentText(frame, index));
}

/** A command of the gateway's own; arguments have one character per byte. */
export function wholeFrame(args: readonly string[]): Frame {
  const writer = new FrameWriter(64);
  writer.array(args.length);
  for (const argument of args) {
    const bytes = Buffer.from(argument, 'latin1');
    writer.bulk(bytes, 0, bytes.length);
  }
  return parseFrame(writer);
}

/** The command that has been written. */
export function parseFrame(writer: FrameWriter): Frame {
  const { bytes, spans, count } = new FrameParser().parse(writer.bytes, 0, writer.length);
  return copyFrame({ bytes, spans, count, frameStart: 0, frameEnd: writer.length });
}

/** A copy of the frame with another argument in one place. */
export function replaceArgument(frame: Frame, index: number, text: string): Frame {
  return wholeFrame(argumentTexts(frame).with(index, text));
}

/** The frame itself, or what was sent in a line (inline command) as an array, which is all that routers read. Cold. */
export function toArray(frame: Frame): Frame {
  return frame.bytes[frame.frameStart] === TYPE_ARRAY ? frame : wholeFrame(argumentTexts(frame));
}

/** What sets up a connection that RESET has made as it was at first: in RESP2, and nobody logged in. */
export function loginFrames({ user, password, database, resp }: LinkContext): readonly Frame[] {
  const frames: Frame[] = [];
  if (password !== undefined) {
    frames.push(wholeFrame(user === undefined ? ['AUTH', password] : ['AUTH', user, password]));
  }
  if (resp === 3) frames.push(wholeFrame(['HELLO', '3']));
  if (database !== 0) frames.push(wholeFrame(['SELECT', String(database)]));
  return frames;
}
