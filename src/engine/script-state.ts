/**
 * The script that runs, for all workers to see: one at a time in the whole engine. In shared memory: its lock, which is
 * taken before those of shards, and what others may want to know or to say while it runs. Any worker thread.
 *
 * Others never wait for it for ever: once it is busy (`busy-reply-threshold`), who waits for locks gives up and answers
 * BUSY, so that SCRIPT KILL gets through.
 */
import { copyOf, decodeLatin1 } from '../base/bytes.ts';
import type { CommandView } from '../commands/definition.ts';
import type { RunningFunction } from '../commands/ports.ts';
import { type LockOwner, wakeSleepers } from '../memory/lock.ts';
import { FrameWriter } from '../resp/encode.ts';

/** The first words are alarms: whoever waits for locks looks at them. */
const BUSY = 0;
const REACHING = 1;
const LOCK = 2;
const PHASE = 3;
const KIND = 4;
const LONG = 5;
const TEXT_LENGTH = 6;
const LIBRARY_VERSION = 7;
const WORDS = 8;
/** Name and command of what runs: arguments that do not fit are left out. */
const TEXT_BYTES = 8192;
const COMMAND_BYTES = 4096;
const NEWLINE = 0x0a;
export const SCRIPT_STATE_BYTES = WORDS * 4 + 8 + TEXT_BYTES;

/** How many alarms count for who waits for one lock, and for who waits for several and may hold some of them. */
export const ALARM_BUSY = 1;
export const ALARM_ANY = 2;

export const SCRIPT_NONE = 0;
export const SCRIPT_EVAL = 1;
export const SCRIPT_FUNCTION = 2;

const PHASE_NONE = 0;
const PHASE_RUNS = 1;
/** It cannot be killed any more. */
const PHASE_WROTE = 2;
const PHASE_KILLED = 3;

/** Answers of `kill`. */
export const KILL_DONE = 0;
export const KILL_NOTHING = 1;
export const KILL_WROTE = 2;

const CHECK_MS = 100;

export class ScriptState {
  readonly words: Int32Array;
  readonly #started: Float64Array;
  readonly #text: Uint8Array;
  readonly #owner: LockOwner;

  constructor(memory: SharedArrayBuffer, owner: LockOwner) {
    this.words = new Int32Array(memory, 0, WORDS);
    this.#started = new Float64Array(memory, WORDS * 4, 1);
    this.#text = new Uint8Array(memory, WORDS * 4 + 8, TEXT_BYTES);
    this.#owner = owner;
  }

  /** SCRIPT_…: what has been running for too long, on whichever worker. */
  get busyKind(): number {
    return this.words[BUSY];
  }

  /** It runs for more than a moment: what can wait should not get in line for locks now. */
  get isLong(): boolean {
    return this.words[LONG] !== 0;
  }

  /** SCRIPT_…: what runs. */
  get kind(): number {
    return Atomics.load(this.words, KIND);
  }

  /** Cold: for administration. What has been running for more than a moment. */
  running(): RunningFunction | undefined {
    const { kind, startedMs } = this;
    const text = copyOf(this.#text, 0, Atomics.load(this.words, TEXT_LENGTH));
    // What has ended meanwhile is gone.
    if (kind === SCRIPT_NONE || text.length === 0 || this.kind !== kind || this.startedMs !== startedMs) {
      return undefined;
    }
    const nameEnd = text.indexOf(NEWLINE);
    const name = decodeLatin1(text, 0, nameEnd);
    const command = text.slice(nameEnd + 1);
    return { isEval: kind === SCRIPT_EVAL, name, command, durationMs: Math.max(0, Date.now() - startedMs) };
  }

  /** How many changes there were to libraries. */
  get libraryVersion(): number {
    return Atomics.load(this.words, LIBRARY_VERSION);
  }

  /** There is one more. The lock of scripts is held. */
  nextLibraryVersion(): number {
    return Atomics.add(this.words, LIBRARY_VERSION, 1) + 1;
  }

  /** The time that runs on all threads alike when it began. */
  get startedMs(): number {
    return this.#started[0];
  }

  // For the thread that runs scripts.

  /** The lock of scripts. False: an alarm has been raised. */
  enter(): boolean {
    return this.#owner.lockUnless(this.words, LOCK, this.words, ALARM_ANY);
  }

  leave(): void {
    this.#owner.unlockWord(this.words, LOCK);
  }

  begin(kind: number, nowMs: number): void {
    this.#started[0] = nowMs;
    Atomics.store(this.words, PHASE, PHASE_RUNS);
    Atomics.store(this.words, KIND, kind);
  }

  end(): void {
    Atomics.store(this.words, KIND, SCRIPT_NONE);
    Atomics.store(this.words, PHASE, PHASE_NONE);
    Atomics.store(this.words, TEXT_LENGTH, 0);
    this.words[LONG] = 0;
    if (this.words[BUSY] !== 0) this.#lower(BUSY);
  }

  /** It is about to write. False: it has been killed. */
  writes(): boolean {
    const found = Atomics.compareExchange(this.words, PHASE, PHASE_RUNS, PHASE_WROTE);
    return found !== PHASE_KILLED;
  }

  get hasWritten(): boolean {
    return Atomics.load(this.words, PHASE) === PHASE_WROTE;
  }

  get isKilled(): boolean {
    return Atomics.load(this.words, PHASE) === PHASE_KILLED;
  }

  /** Cold: once it runs for more than a moment. `name` has one character for each byte. */
  setLong(name: string, command: CommandView): void {
    const writer = new FrameWriter();
    let count = 0;
    for (let at = 0; at < command.count; at++) {
      const [start, end] = [command.spans[2 * at], command.spans[2 * at + 1]];
      if (writer.length + end - start > COMMAND_BYTES) break;
      writer.bulk(command.bytes, start, end);
      count += 1;
    }
    const head = Buffer.from(`${name}\n*${count}\r\n`, 'latin1');
    this.#text.set(head);
    this.#text.set(writer.bytes.subarray(0, writer.length), head.length);
    Atomics.store(this.words, TEXT_LENGTH, head.length + writer.length);
    this.words[LONG] = 1;
  }

  /** It has run for too long. `wakeAll` tells those who wait. */
  setBusy(kind: number): void {
    Atomics.store(this.words, BUSY, kind);
  }

  wakeAll(): void {
    wakeSleepers(this.words, LOCK);
  }

  /** While it takes further locks, nobody else waits for some while holding others. */
  reach(isOn: boolean): void {
    if (isOn) Atomics.store(this.words, REACHING, 1);
    else this.#lower(REACHING);
  }

  #lower(alarm: number): void {
    Atomics.store(this.words, alarm, 0);
    Atomics.notify(this.words, alarm);
  }

  // For the others.

  /** The alarm is over, or a moment has passed. */
  waitForAlarm(): void {
    const alarm = Atomics.load(this.words, BUSY) !== 0 ? BUSY : REACHING;
    const value = Atomics.load(this.words, alarm);
    if (value !== 0) Atomics.wait(this.words, alarm, value, CHECK_MS);
  }

  /** It is to end, unless it has written. */
  kill(): number {
    const found = Atomics.compareExchange(this.words, PHASE, PHASE_RUNS, PHASE_KILLED);
    if (found === PHASE_RUNS || found === PHASE_KILLED) return KILL_DONE;
    return found === PHASE_WROTE ? KILL_WROTE : KILL_NOTHING;
  }
}

/** Cold: from a thread that runs none. Ends what runs, unless it has written. */
export function killScript(memory: SharedArrayBuffer): void {
  Atomics.compareExchange(new Int32Array(memory, 0, WORDS), PHASE, PHASE_RUNS, PHASE_KILLED);
}
