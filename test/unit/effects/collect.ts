/** Runs effect builders on commands and replies written as text, and shows what they wrote. */
import type {
  CommandView,
  EffectBuilder,
  EffectOutput,
  Expectation,
} from '../../../src/commands/definition.ts';
import { FrameWriter } from '../../../src/resp/encode.ts';
import { decodeReply, type Reply, replyText } from '../../../src/resp/reply.ts';

export interface BuiltCommand {
  readonly args: readonly string[];
  readonly expectation: Expectation;
}

export type EffectChoice = (command: CommandView) => EffectBuilder | undefined;

/** A command whose first argument does not begin at offset 0, as in a chunk. */
export function viewOf(args: readonly (string | Uint8Array)[]): CommandView {
  const parts: Buffer[] = [Buffer.from('???')];
  const spans = new Int32Array(args.length * 2);
  let at = 3;
  args.forEach((argument, index) => {
    const bytes = typeof argument === 'string' ? Buffer.from(argument, 'latin1') : Buffer.from(argument);
    const framing = Buffer.from(`$${bytes.length}\r\n`);
    spans[2 * index] = at + framing.length;
    spans[2 * index + 1] = at + framing.length + bytes.length;
    parts.push(framing, bytes, Buffer.from('\r\n'));
    at += framing.length + bytes.length + 2;
  });
  return { bytes: Buffer.concat(parts), spans, count: args.length };
}

/** Arguments are separated by spaces. */
export function viewOfLine(line: string): CommandView {
  return viewOf(line.split(' '));
}

/** A reply from its bytes; `\n` stands for CRLF and the last one may be left out. */
export function replyOf(wire: string): Reply {
  const complete = wire.endsWith('\n') ? wire : `${wire}\n`;
  const bytes = Buffer.from(complete.replaceAll('\n', '\r\n'), 'latin1');
  return decodeReply(bytes, 0, bytes.length);
}

class Collector implements EffectOutput {
  readonly #started: { count: number; expectation: Expectation; writer: FrameWriter }[] = [];

  command(argumentCount: number, expectation: Expectation): FrameWriter {
    const writer = new FrameWriter(16);
    writer.array(argumentCount);
    this.#started.push({ count: argumentCount, expectation, writer });
    return writer;
  }

  /** Throws where a builder wrote another number of arguments than it announced. */
  commands(): BuiltCommand[] {
    return this.#started.map(({ count, expectation, writer }) => {
      const frame = decodeReply(writer.bytes, 0, writer.length);
      if (frame.end !== writer.length || frame.items.length !== count) {
        throw new Error('not the announced number of arguments');
      }
      return { args: frame.items.map(replyText), expectation };
    });
  }
}

/** The commands of an effect; `undefined` where the command is mirrored as it is. */
export function buildEffect(
  choose: EffectChoice,
  command: CommandView,
  reply: Reply,
  sentAtMs: number,
): BuiltCommand[] | undefined {
  const builder = choose(command);
  if (builder === undefined) return undefined;
  const collector = new Collector();
  builder({ ...command, reply, sentAtMs }, collector);
  return collector.commands();
}

/** As `buildEffect`, every command as one line; `verbatim` where the command is mirrored as it is. */
export function effectLines(
  choose: EffectChoice,
  line: string,
  wire: string,
  sentAtMs = 1_000_000,
): string[] {
  const built = buildEffect(choose, viewOfLine(line), replyOf(wire), sentAtMs);
  return built === undefined ? ['verbatim'] : built.map((command) => command.args.join(' '));
}
