/**
 * A reply that a session's input waits for: because the command parked the connection, or because what comes next
 * depends on the reply. Worker thread. It must not know what the reply means.
 */
import { FrameWriter } from '../resp/encode.ts';
import { decodeReply, type Reply } from '../resp/reply.ts';

const NONE = -1;
/** What stands for a reply that was an error before anybody could look at it. */
const REFUSED = Buffer.from('-ERR lockstep: the command was not sent\r\n');

/** The requests that replies belong to. */
interface Requests {
  /** Whether the whole reply is here, be it with the client or not. */
  isAnswered(sequence: number): boolean;
}

/** Room for the usual reply; it grows. */
const COLLECTED_BYTES = 64;

export class Barrier {
  readonly #requests: Requests;
  #sequence = NONE;
  #done: ((reply: Reply) => void) | undefined = undefined;
  #forward = true;
  /** Made when a reply is collected for the first time: most clients never need it. */
  #bytes: FrameWriter | undefined = undefined;

  constructor(requests: Requests) {
    this.#requests = requests;
  }

  get isUp(): boolean {
    return this.#sequence !== NONE;
  }

  /** The reply waited for is that of a command that may block. */
  get isParked(): boolean {
    return this.isUp && this.#done === undefined;
  }

  /**
   * Input waits for the reply with this sequence, which nobody looks at. A command that could not be sent is answered
   * before that: then there is nothing to wait for.
   */
  raise(sequence: number): void {
    if (this.#requests.isAnswered(sequence)) return;
    this.#sequence = sequence;
    this.#done = undefined;
  }

  /**
   * Input waits, and `done` gets the reply. `forward`: the client gets it as well. Of a command that could not be sent
   * the client has the error already.
   */
  collect(sequence: number, forward: boolean, done: (reply: Reply) => void): void {
    if (this.#requests.isAnswered(sequence)) {
      if (forward) done(decodeReply(REFUSED, 0, REFUSED.length));
      return;
    }
    this.#sequence = sequence;
    this.#forward = forward;
    this.#done = done;
    this.#bytes ??= new FrameWriter(COLLECTED_BYTES);
    this.#bytes.reset();
  }

  /** Shows it a piece of any reply. True: the piece is not for the client. */
  takes(sequence: number, bytes: Uint8Array, start: number, end: number): boolean {
    if (sequence !== this.#sequence || this.#done === undefined) return false;
    this.#bytes!.raw(bytes, start, end);
    return !this.#forward;
  }

  /** Forgets the pieces of a reply that will not be finished: another one comes in its place. */
  takeBack(sequence: number): void {
    if (sequence === this.#sequence) this.#bytes?.reset();
  }

  /** A reply is whole. If it is the one waited for, whoever collects it is told and the barrier is down. */
  answered(sequence: number): void {
    if (sequence !== this.#sequence) return;
    const done = this.#done;
    this.#sequence = NONE;
    this.#done = undefined;
    if (done === undefined) return;
    const collected = this.#bytes!;
    const bytes = collected.bytes.slice(0, collected.length);
    collected.reset();
    done(decodeReply(bytes, 0, bytes.length));
  }
}
