/**
 * What a worker does for its other clients while one of them has a script that runs for too long: between two of the
 * script's instructions they get BUSY, or what the servers allow then, such as SCRIPT KILL. Worker thread. Cold: as
 * long as a script is busy.
 */
import { CommandContext } from '../commands/context.ts';
import type { CommandRun } from '../commands/definition.ts';
import type { EnginePorts } from '../commands/ports.ts';
import { FrameWriter } from '../resp/encode.ts';
import type { Shard } from '../store/store.ts';
import { EngineClient, NO_OUTPUT } from './client.ts';
import type { Engine } from './engine.ts';

export class WhileBusy {
  readonly #engine: Engine;
  readonly #context: CommandContext;
  readonly #writer = new FrameWriter();
  readonly #behind = new FrameWriter();
  /** Commands that come now are in the midst of a script. */
  isOn = false;
  /** Lets commands of other clients come, by `serve`. Absent where sockets cannot be looked at meanwhile. */
  turn: (() => void) | undefined = undefined;

  constructor(engine: Engine, ports: EnginePorts) {
    this.#engine = engine;
    const nobody = new EngineClient(0, 0, NO_OUTPUT);
    const { store, plan, compatibility } = engine;
    this.#context = new CommandContext(store, plan.table, compatibility, ports, this.#writer, nobody);
    this.#context.mayBlock = false;
    this.#context.mayYield = false;
  }

  /** `work` executes commands while what the script's command has of the engine is put aside. */
  serve(work: () => void): void {
    const engine = this.#engine;
    const { context, writer, behind, executing, running, mailbox } = engine;
    engine.context = this.#context;
    engine.writer = this.#writer;
    engine.behind = this.#behind;
    engine.executing = undefined;
    this.isOn = true;
    mailbox.isHeld = true;
    try {
      work();
    } finally {
      mailbox.isHeld = false;
      this.isOn = false;
      engine.context = context;
      engine.writer = writer;
      engine.behind = behind;
      engine.executing = executing;
      engine.running = running;
    }
  }

  /** Runs a command beside the script, whose locks are this thread's, and which may have any others as well. */
  run(client: EngineClient, id: number, run: CommandRun): void {
    const engine = this.#engine;
    const { store } = engine;
    const context = this.#context;
    engine.findKeysOf(id, context);
    const entered: Shard[] = [];
    for (let at = 0; at < context.keyCount; at++) {
      const { shard } = context.keys[at];
      if (shard.locked) continue;
      // Nobody waits while a script is busy: who has the lock will be done, but perhaps not soon.
      if (!store.tryLock(shard)) break;
      entered.push(shard);
    }
    if (context.keys.slice(0, context.keyCount).every(({ shard }) => shard.locked)) run(context);
    else engine.refuse(client, engine.scripting.busyText());
    for (const shard of entered) store.unlock(shard);
  }
}
