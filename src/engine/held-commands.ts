/**
 * Commands that cannot be executed yet: while clients are paused (CLIENT PAUSE), and while a command waits for what the
 * other workers say about their clients. The client waits with a copy of the command, which is executed from its
 * beginning later. Worker thread.
 */
import { ALLOWED } from '../acl/denial.ts';
import { MODE_MULTI, MODE_RESTRICTED, MODE_UNAUTHENTICATED } from '../commands/client-state.ts';
import type { CommandView } from '../commands/definition.ts';
import type { PausePort } from '../commands/ports.ts';
import { BIT_NO_AUTH } from '../commands/table.ts';
import { FrameWriter } from '../resp/encode.ts';
import type { EngineClient } from './client.ts';
import type { Engine } from './engine.ts';
import { MAIL_UNPAUSE } from './mail-kinds.ts';
import { QueuedCommand } from './queued-command.ts';

const NO_BYTES = new Uint8Array(0);

const PAUSE_NONE = 0;
const PAUSE_WRITE = 1;
const PAUSE_ALL = 2;

/** Which commands are paused, how many clients wait for the end of it, and until when: for all workers. */
export const PAUSE_BYTES = 16;

export class HeldCommands implements PausePort {
  readonly #engine: Engine;
  readonly #mode: Int32Array;
  readonly #clients: Int32Array;
  readonly #until: Float64Array;
  #paused: EngineClient[] = [];
  /** Clients whose commands wanted to know who is there, and what the other workers have said. */
  #answered: { readonly client: EngineClient; readonly others: string }[] = [];
  readonly #reply = new FrameWriter();

  constructor(engine: Engine, pause: SharedArrayBuffer) {
    this.#engine = engine;
    this.#mode = new Int32Array(pause, 0, 1);
    this.#clients = new Int32Array(pause, 4, 1);
    this.#until = new Float64Array(pause, 8, 1);
    engine.mailbox.handle(MAIL_UNPAUSE, { mail: () => this.#wake() });
  }

  get isBusy(): boolean {
    return this.#answered.length > 0;
  }

  /** The command has to wait, and does so. */
  holds(client: EngineClient, id: number, view: CommandView): boolean {
    if (id < 0) return false;
    const mayWait = this.#mode[0] !== PAUSE_NONE || this.#engine.plan.mayAsk[id] === 1;
    if (!mayWait || !this.#isRight(client, id, view)) return false;
    // It is refused at once, not when a worker whose script is busy answers.
    if (this.#engine.scriptState.busyKind !== 0 && this.#engine.plan.allowsBusy[id] === 0) return false;
    if (this.#isPaused(client, id, view)) {
      this.#paused.push(client);
      client.isPaused = true;
      Atomics.add(this.#clients, 0, 1);
    } else if (this.#engine.directory.mustAsk(client, id)) {
      this.#engine.directory.ask(client);
    } else return false;
    client.held = new QueuedCommand(id, view);
    client.isWaiting = true;
    return true;
  }

  /** A pause can be made longer and stricter, not shorter. */
  pause(untilMs: number, isAll: boolean): void {
    const wasOn = this.isPaused;
    if (!wasOn || this.#until[0] < untilMs) this.#until[0] = untilMs;
    if (!wasOn || isAll) Atomics.store(this.#mode, 0, isAll ? PAUSE_ALL : PAUSE_WRITE);
  }

  unpause(): void {
    Atomics.store(this.#mode, 0, PAUSE_NONE);
    const { mailbox } = this.#engine;
    for (let worker = 0; worker < mailbox.workers; worker++) {
      if (worker !== mailbox.worker) mailbox.send(worker, MAIL_UNPAUSE, 0, 0, 0, 0, NO_BYTES, 0, 0);
    }
  }

  /** Clients of all workers whose commands wait for the end of the pause. */
  get pausedClients(): number {
    return Atomics.load(this.#clients, 0);
  }

  /** The client waits for it no longer: the pause is over, or the client is gone. */
  leave(client: EngineClient): void {
    if (!client.isPaused) return;
    client.isPaused = false;
    Atomics.sub(this.#clients, 0, 1);
  }

  /** Nothing changes by itself meanwhile: no key expires. */
  get isPaused(): boolean {
    return this.#mode[0] !== PAUSE_NONE && this.#until[0] > this.#engine.clock.nowMs;
  }

  /** How long the pause lasts yet, 0 without one, and what is paused. Cold: for INFO. */
  pausedFor(nowMs: number): { readonly ms: number; readonly isAll: boolean } {
    const ms = this.isPaused ? Math.ceil(this.#until[0] - nowMs) : 0;
    return { ms, isAll: this.#mode[0] === PAUSE_ALL };
  }

  /** The other workers have said which clients they have. */
  answered(client: EngineClient, others: string): void {
    this.#answered.push({ client, others });
  }

  /** At the end of each batch. */
  runLater(): void {
    if (this.#paused.length > 0 && !this.isPaused) this.#wake();
    if (this.#answered.length === 0) return;
    const answered = this.#answered;
    this.#answered = [];
    for (const { client, others } of answered) {
      this.#engine.directory.during(others, () => this.#release(client));
    }
  }

  /** What is refused at once does not wait. */
  #isRight(client: EngineClient, id: number, view: CommandView): boolean {
    const { plan, access } = this.#engine;
    const { known, runs, arity, table } = plan;
    const { count } = view;
    if (known[id] === 0 || runs[id] === undefined) return false;
    if ((client.mode & MODE_UNAUTHENTICATED) !== 0 && (table.bits[id] & BIT_NO_AUTH) === 0) return false;
    if ((client.mode & MODE_RESTRICTED) !== 0 && access.check(client, id, view) !== ALLOWED) return false;
    return arity[id] >= 0 ? count === arity[id] : count >= -arity[id];
  }

  #isPaused(client: EngineClient, id: number, view: CommandView): boolean {
    if (!this.isPaused) return false;
    if (this.#mode[0] === PAUSE_ALL || this.#mayWrite(id, view)) return true;
    if (!this.#engine.plan.isExec(id) || (client.mode & MODE_MULTI) === 0) return false;
    return client.queue.some((queued) => this.#mayWrite(queued.command, queued));
  }

  #mayWrite(id: number, view: CommandView): boolean {
    const { plan, scripting } = this.#engine;
    return plan.isWrite[id] === 1 && !scripting.promisesNoWrites(id, view);
  }

  #wake(): void {
    if (this.#paused.length === 0) return;
    const clients = this.#paused;
    this.#paused = [];
    for (const client of clients) this.#answered.push({ client, others: '' });
  }

  /** Executes what was held, unless the client has gone. */
  #release(client: EngineClient): void {
    const { held } = client;
    if (held === undefined || client.closing) return;
    const { writer } = this.#engine;
    client.held = undefined;
    client.isWaiting = false;
    this.leave(client);
    const before = writer.length;
    this.#engine.execute(client, held);
    this.#reply.reset();
    this.#reply.raw(writer.bytes, before, writer.length);
    writer.length = before;
    if (this.#reply.length > 0) client.output.emit(this.#reply.bytes, 0, this.#reply.length);
    if (!client.isWaiting) client.output.proceed();
  }
}
