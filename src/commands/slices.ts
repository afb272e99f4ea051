/**
 * Long commands in slices. The body of one is a generator that yields where other commands may run. Worker thread.
 *
 * Between slices no lock is held, and anything may happen to the keys. So each key that the body reads is watched, as
 * WATCH does: when one has changed, the body begins again, and after a few times it is done in one piece. The reply is
 * kept until it is complete, so it is that of one moment. A body changes no key before its last slice; what it has made
 * until then it gives back in a `finally`. It has a context of its own, with copies of the arguments, and keys that
 * have been looked up anew before each slice. Cold: only for values that are large.
 */
import { FrameWriter } from '../resp/encode.ts';
import { findKey } from '../store/keyspace.ts';
import { unwatchKey, watchedChanges, watchKey } from '../store/watch.ts';
import { CommandContext } from './context.ts';
import type { Continuation } from './ports.ts';

export type Slices = Generator<undefined, void, undefined>;
/** For a body, in whose hand it is when others may run. */
export interface Turns {
  /** Once per element: whether it should yield. */
  isOver(): boolean;
  /** Now and then: whether it should yield. */
  readonly isLate: boolean;
}
export type SlicedBody = (context: CommandContext, slices: SlicedCommand) => Slices;
/** One that does as well in one piece. */
export type AnyBody = (context: CommandContext, slices: Turns) => Slices;

/** Values with more elements than this are worth it. */
export const MANY_ELEMENTS = 10_000;
/** Work of one slice. */
const SLICE_MS = 1;
/** Elements between two looks at the time, and looks that end a slice however fast the machine is. */
const LOOK_EVERY = 64;
const MOST_LOOKS = 100;
/** A reply is kept in parts of about this size, so that none takes long to grow. */
const PART_BYTES = 1024 * 1024;
/** So often the work begins again. */
const MOST_RESTARTS = 3;

export class SlicedCommand implements Continuation, Turns {
  readonly context: CommandContext;
  readonly #body: SlicedBody;
  /** Counts of changes of the keys; -1 for one that is not watched. */
  readonly #changes: number[] = [];
  readonly #written: number;
  #work: Slices;
  #restarts = 0;
  #elements = 0;
  #looks = 0;
  #endMs = 0;
  #parts: FrameWriter[] = [];
  /** What `beginHead` began: it leaves before the parts. */
  #head: FrameWriter | undefined = undefined;
  #isDone = false;

  /** `written`: the argument that names the key which is only written, 0 for none. */
  constructor(given: CommandContext, body: SlicedBody, written: number) {
    this.context = ownContext(given);
    this.#body = body;
    this.#written = written;
    this.#work = body(this.context, this);
  }

  /** False without memory: then nothing is watched. The keys' shards are locked. */
  watch(): boolean {
    const { keys, keyCount } = this.context;
    for (let at = 0; at < keyCount; at++) {
      const isWatched = keys[at].argument !== this.#written;
      const changes = isWatched ? watchKey(keys[at]) : -1;
      if (isWatched && changes < 0) {
        this.#unwatch();
        return false;
      }
      this.#changes.push(changes);
    }
    return true;
  }

  #unwatch(): void {
    const { keys } = this.context;
    this.#changes.forEach((changes, at) => {
      if (changes >= 0) unwatchKey(keys[at]);
    });
    this.#changes.length = 0;
  }

  /** Whose keys' shards are to be locked for the next step; none when it is done. */
  get locked(): CommandContext | undefined {
    return this.#isDone ? undefined : this.context;
  }

  /** For the body, once per element: whether it should yield. */
  isOver(): boolean {
    this.#elements += 1;
    return this.#elements % LOOK_EVERY === 0 && this.isLate;
  }

  /** For the body, now and then: whether it should yield. */
  get isLate(): boolean {
    this.#looks += 1;
    return this.#looks >= MOST_LOOKS || performance.now() >= this.#endMs;
  }

  /** For the body: an error takes the place of the reply. */
  forgetReply(): void {
    this.#parts = [];
    this.context.writer = new FrameWriter();
  }

  /** What the body writes from now on leaves before what it has written: a count that is known at the end. */
  beginHead(): void {
    this.#parts.push(this.context.writer);
    this.#head = new FrameWriter();
    this.context.writer = this.#head;
  }

  step(context: CommandContext): boolean {
    this.context.nowMs = context.nowMs;
    this.#findKeys();
    this.#advance();
    if (this.#isDone) this.#send(context);
    return this.#isDone;
  }

  /** The whole reply at once: a message for the client must not come into the middle of it. */
  #send({ writer }: CommandContext): void {
    let size = 0;
    for (const { length } of this.#parts) size += length;
    writer.reserve(size);
    for (const { bytes, length } of this.#parts) writer.raw(bytes, 0, length);
    this.#parts = [];
  }

  #findKeys(): void {
    const { store, keys, keyCount, nowMs } = this.context;
    let isSame = true;
    for (let at = 0; at < keyCount; at++) {
      findKey(store, keys[at], nowMs);
      if (this.#changes[at] < 0) continue;
      const changes = watchedChanges(keys[at]);
      if (changes !== this.#changes[at]) isSame = false;
      this.#changes[at] = changes;
    }
    if (isSame) return;
    this.#work.return();
    this.forgetReply();
    this.context.failed = false;
    this.#restarts += 1;
    this.#work = this.#body(this.context, this);
  }

  #advance(): void {
    const { context } = this;
    this.#endMs = performance.now() + SLICE_MS;
    this.#looks = 0;
    let isDone = this.#work.next().done === true;
    while (!isDone && this.#restarts > MOST_RESTARTS) isDone = this.#work.next().done === true;
    const { writer } = context;
    if (isDone) {
      if (this.#head === undefined) this.#parts.push(writer);
      else this.#parts.unshift(this.#head);
      this.#unwatch();
      this.#isDone = true;
    } else if (writer.length >= PART_BYTES) {
      this.#parts.push(writer);
      context.writer = new FrameWriter(PART_BYTES);
    }
  }

  /** The shards of the keys are locked. */
  abandon(): void {
    this.#work.return();
    this.#unwatch();
  }
}

function ownContext(given: CommandContext): CommandContext {
  const { store, table, compatibility, ports, client, count, spans } = given;
  const own = new CommandContext(store, table, compatibility, ports, new FrameWriter(), client);
  const first = spans[0];
  own.bytes = given.bytes.slice(first, spans[2 * count - 1]);
  own.spans = new Int32Array(2 * count);
  for (let at = 0; at < 2 * count; at++) own.spans[at] = spans[at] - first;
  own.count = count;
  own.command = given.command;
  own.database = given.database;
  own.resp = given.resp;
  own.nowMs = given.nowMs;
  own.mayBlock = false;
  own.mayYield = false;
  for (let at = 0; at < given.keyCount; at++) own.addKey(given.keys[at].argument);
  return own;
}

/**
 * Begins a long command, and leaves the rest of it for later. False where it has to be done in one piece: in a
 * transaction, in a script, and without memory to watch the keys. Then nothing has been done. `written` as above.
 */
export function runInSlices(context: CommandContext, body: SlicedBody, written = 0): boolean {
  if (!context.mayYield) return false;
  const work = new SlicedCommand(context, body, written);
  if (!work.watch()) return false;
  if (!work.step(context)) context.later(work);
  context.failed = work.context.failed;
  context.errorText = work.context.errorText;
  return true;
}

const IN_ONE_PIECE: Turns = { isOver: () => false, isLate: false };

/**
 * A command that costs much however small its values are, and so has one body: in slices where they are large and it
 * may, else in one piece. The keys' shards are locked. `written` as above.
 */
export function runBody(context: CommandContext, body: AnyBody, isLarge: boolean, written = 0): void {
  if (isLarge && runInSlices(context, body, written)) return;
  const work = body(context, IN_ONE_PIECE);
  while (work.next().done !== true);
}
