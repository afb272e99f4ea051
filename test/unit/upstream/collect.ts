/** A target that notes what it is told of each command, and checks that it is told once. */
import { asciiBytes } from '../../../src/base/bytes.ts';
import type { MirroredCommand, ReplyTarget } from '../../../src/upstream/reply-target.ts';
import { encodeCommand } from '../../support/raw-client.ts';
import { waitUntil } from '../../support/wait.ts';

/** Where commands can be sent to: a lane or a pinned connection. */
interface Sender {
  send(
    bytes: Uint8Array,
    start: number,
    end: number,
    target: ReplyTarget,
    session: number,
    sequence: number,
    command: number,
    mirrored: MirroredCommand | undefined,
  ): void;
}

export class Collector implements ReplyTarget {
  /** By sequence: the reply on the wire with `\n` for CRLF, or `failed: ` and the text. */
  readonly outcomes = new Map<number, string>();
  /** What the mirror's side was told, in order: `done 1`, `failed 2 sent`, `failed 3 unsent`. */
  readonly mirror: string[] = [];
  readonly order: number[] = [];
  /** Called at each end, from within: whatever it sends comes while the lane is at work. */
  onEnd: (sequence: number) => void = () => {};
  #next = 1;
  readonly #pieces = new Map<number, string>();

  /** Sends a command with the next sequence number, and a mirror that listens. Returns the number. */
  send(sender: Sender, ...words: string[]): number {
    const sequence = this.#next;
    this.#next += 1;
    const wire = encodeCommand(words);
    const memory = Buffer.concat([asciiBytes('..'), wire, asciiBytes('..')]);
    const mirrored: MirroredCommand = {
      isPrimaryOver: false,
      primaryPiece: (_bytes, _start, _end, last) => {
        if (last) this.mirror.push(`done ${sequence}`);
      },
      primaryFailed: (sent) => {
        this.mirror.push(`failed ${sequence} ${sent ? 'sent' : 'unsent'}`);
      },
    };
    sender.send(memory, 2, 2 + wire.length, this, 7, sequence, 0, mirrored);
    memory.fill(0);
    return sequence;
  }

  reply(
    session: number,
    sequence: number,
    bytes: Uint8Array,
    start: number,
    end: number,
    last: boolean,
  ): void {
    if (session !== 7) throw new Error(`session ${session}`);
    const text = (this.#pieces.get(sequence) ?? '') + Buffer.from(bytes).toString('latin1', start, end);
    this.#pieces.set(sequence, text);
    if (last) this.#end(sequence, text.replaceAll('\r\n', '\n'));
  }

  failed(_session: number, sequence: number, text: string): void {
    this.#end(sequence, `failed: ${text}`);
  }

  /** Waits for the outcome of a command. */
  async of(sequence: number): Promise<string> {
    await waitUntil(() => this.outcomes.has(sequence), `the outcome of command ${sequence}`);
    return this.outcomes.get(sequence) as string;
  }

  #end(sequence: number, outcome: string): void {
    if (this.outcomes.has(sequence)) throw new Error(`command ${sequence} ended twice`);
    this.outcomes.set(sequence, outcome);
    this.order.push(sequence);
    this.onEnd(sequence);
  }
}
