/**
 * Whether a server that is connected also answers: asks a question of its own on a shared lane when nothing has been
 * heard of it for an interval, for the question stands in its slow log and in MONITOR beside what clients send.
 * A stopped process and a dead host keep their connections. Worker thread. Cold: a question per interval.
 */
import { decodeLatin1 } from '../base/bytes.ts';
import type { CommandLane } from './command-lane.ts';
import type { ReplyTarget } from './reply-target.ts';
import { INTERNAL_COMMAND, type WorkerServices } from './services.ts';

const PING = Buffer.from('*1\r\n$4\r\nPING\r\n');
const NO_AUTH = '-NOAUTH';
/** A server that is busy with one long command is given this many intervals. */
const PATIENCE = 3;
/** After this many intervals even a server that talks is asked: the answer tells whether it wants a login. */
const LONGEST_UNASKED = 10;

export class HealthCheck implements ReplyTarget {
  readonly #services: WorkerServices;
  readonly #intervalMs: number;
  readonly #role: 'primary' | 'shadow';
  readonly #fields: Readonly<Record<string, unknown>>;
  #askedAtMs = 0;
  #roundTripMs = 0;
  #isAsking = false;
  #answers = true;
  #isRefused: boolean | undefined = undefined;

  /** `node`: which one of several. */
  constructor(services: WorkerServices, role: 'primary' | 'shadow', intervalMs: number, node?: string) {
    this.#services = services;
    this.#role = role;
    this.#fields = node === undefined ? {} : { node };
    this.#intervalMs = intervalMs;
  }

  /** False once a question has not been answered for three intervals. True while the lane is down: that says more. */
  get answers(): boolean {
    return this.#answers;
  }

  /** From the last question to its answer, a turn of the event loop being the unit; 0 while there is no answer. */
  get roundTripMs(): number {
    return this.#roundTripMs;
  }

  /** Whether it answers only those who log in; undefined while nobody knows. */
  get wantsLogin(): boolean | undefined {
    return this.#isRefused;
  }

  /** The first words on a connection have told. */
  greeted(isRefused: boolean): void {
    this.#isRefused = isRefused;
  }

  /** Call it more often than the interval. */
  tick(lane: CommandLane): void {
    if (!lane.up) {
      this.#isAsking = false;
      this.#answers = true;
      return;
    }
    const silenceMs = this.#services.clock.monotonicMs - this.#askedAtMs;
    if (this.#isAsking) {
      if (silenceMs > PATIENCE * this.#intervalMs && this.#answers) {
        this.#answers = false;
        this.#services.log('warn', `the ${this.#role} does not answer`, {
          ...this.#fields,
          forMs: Math.round(silenceMs),
        });
      }
    } else if (silenceMs >= this.#intervalMs && this.#isQuestionDue(silenceMs)) {
      this.#isAsking = true;
      this.#askedAtMs = this.#services.clock.monotonicMs;
      lane.send(PING, 0, PING.length, this, 0, 0, INTERNAL_COMMAND, undefined);
    }
  }

  #isQuestionDue(unaskedMs: number): boolean {
    // Of several nodes others may be those that talk.
    if (this.#fields.node !== undefined || this.#isRefused === undefined) return true;
    if (unaskedMs >= LONGEST_UNASKED * this.#intervalMs) return true;
    return this.#services.life.silenceMs(this.#role === 'primary' ? 0 : 1) >= this.#intervalMs;
  }

  /** Any answer is one, NOAUTH and NOPERM included. */
  reply(_session: number, _sequence: number, bytes: Uint8Array, start: number, end: number): void {
    this.#isAsking = false;
    this.#roundTripMs = this.#services.clock.monotonicMs - this.#askedAtMs;
    this.#isRefused = decodeLatin1(bytes, start, Math.min(end, start + NO_AUTH.length)) === NO_AUTH;
    if (this.#answers) return;
    this.#answers = true;
    this.#services.log('info', `the ${this.#role} answers again`, this.#fields);
  }

  failed(): void {
    this.#isAsking = false;
  }
}
