/**
 * The engine on one worker: executes commands of its clients, one at a time and to their end, with the locks of the
 * shards they touch. Knows the store and the catalogue, not sockets. What it asks of the outside is the output of each
 * client, the clock, and to be called: `execute` for each command, `runLater` at the end of each batch, `tick`.
 */
import type { Clock } from '../base/clock.ts';
import { MODE_MULTI } from '../commands/client-state.ts';
import { type Compatibility, compatibilityOf } from '../commands/compatibility.ts';
import { CommandContext } from '../commands/context.ts';
import type { CommandRun, CommandView } from '../commands/definition.ts';
import { FrameWriter } from '../resp/encode.ts';
import { expireShard } from '../store/expiry.ts';
import { expireShardFields } from '../store/hash-expiry.ts';
import { STAT_COMMANDS, STAT_ERRORS } from '../store/statistics.ts';
import { Store } from '../store/store.ts';
import { Access } from './access.ts';
import { Blocking } from './blocking.ts';
import { type ClientOutput, EngineClient, NO_OUTPUT } from './client.ts';
import { ClientDirectory } from './client-directory.ts';
import { CommandKeys } from './command-keys.ts';
import { CommandPlan, LOCK_NONE, LOCK_ONE } from './command-plan.ts';
import { CommandWatch } from './command-watch.ts';
import type { EngineLog, EngineOptions } from './engine-options.ts';
import { Eviction } from './eviction.ts';
import { HeldCommands } from './held-commands.ts';
import { Information, type ServerIdentity } from './information.ts';
import { LATENCY_EXPIRE_CYCLE } from './latency-events.ts';
import { LaterWork } from './later.ts';
import { Mailbox } from './mailbox.ts';
import { makePorts } from './make-ports.ts';
import { Monitors } from './monitors.ts';
import { PubSub } from './pubsub.ts';
import { QueuedCommand } from './queued-command.ts';
import { whyRefused } from './refusals.ts';
import { Registry } from './registry.ts';
import { ScriptState } from './script-state.ts';
import { Scripting } from './scripting.ts';
import { Settings } from './settings.ts';
import { ShardLocks } from './shard-locks.ts';
import { SAVING_ROOT, Snapshots } from './snapshots.ts';
import { COUNT_CONNECTIONS, EngineStatistics, GAUGE_CLIENTS } from './statistics.ts';
import { Switches } from './switches.ts';
import { Tracker } from './tracker.ts';
import { forgetTransaction, isQueued } from './transactions.ts';
import { BLOCKED_ROOT } from './waiting-clients.ts';
import { WhileBusy } from './while-busy.ts';

export class Engine {
  readonly store: Store;
  readonly plan: CommandPlan;
  readonly clients = new Map<number, EngineClient>();
  readonly locks: ShardLocks;
  /** Replies of `execute`. The caller takes them and resets it. */
  writer: FrameWriter = new FrameWriter(64 * 1024);
  readonly clock: Clock;
  /** To and from the engines of the other workers. */
  readonly mailbox: Mailbox;
  readonly registry: Registry;
  readonly settings: Settings;
  readonly switches: Switches;
  readonly pubsub: PubSub;
  readonly access: Access;
  readonly directory: ClientDirectory;
  readonly tracker: Tracker;
  readonly monitors: Monitors;
  readonly held: HeldCommands;
  readonly statistics: EngineStatistics;
  readonly watch: CommandWatch;
  readonly eviction: Eviction;
  readonly information: Information;
  readonly identity: ServerIdentity;
  /** Of the command that a client sent. */
  context: CommandContext;
  /** Of a command that runs inside another: in EXEC, in a script. */
  readonly inner: CommandContext;
  /** Of a command that a script calls. */
  readonly scripted: CommandContext;
  readonly scripting: Scripting;
  readonly scriptState: ScriptState;
  readonly compatibility: Compatibility;
  /** Of a command that has waited, for any worker's client. */
  readonly retry: CommandContext;
  readonly blocking: Blocking;
  readonly snapshots: Snapshots;
  readonly log: EngineLog;
  readonly later: LaterWork = new LaterWork(this);
  readonly #options: EngineOptions;
  readonly #lastClient: Int32Array;
  readonly #keys: CommandKeys;
  /** Id of EXEC. */
  readonly #exec: number;
  /** Of the settings that were looked at. */
  #settingsVersion = -1;
  /** Whose command is being executed, and messages that its client gets behind the reply. */
  executing: EngineClient | undefined = undefined;
  /** Id of the command that runs, -1 before the first. */
  running = -1;
  behind: FrameWriter = new FrameWriter();
  readonly whileBusy: WhileBusy;

  constructor(options: EngineOptions) {
    this.#options = options;
    const { memory, table, clock, worker, workers } = options;
    this.clock = clock;
    this.store = new Store(memory.store, worker);
    this.mailbox = new Mailbox(memory.mail, worker, workers);
    this.registry = new Registry(memory.registry, this.store.owner, workers);
    this.settings = new Settings(memory.settings, compatibilityOf(options.compatibility));
    this.switches = new Switches(memory.switches);
    this.store.limits = this.settings.encodingLimits;
    this.pubsub = new PubSub(this);
    this.directory = new ClientDirectory(this);
    this.tracker = new Tracker(this, memory.tracking);
    this.monitors = new Monitors(this, memory.monitors);
    this.held = new HeldCommands(this, memory.pause);
    this.statistics = new EngineStatistics(memory.statistics, worker, table);
    this.identity = options.identity;
    this.information = new Information(this, memory, options.identity);
    this.store.access.refresh(clock.nowMs);
    this.scriptState = new ScriptState(memory.scripts, this.store.owner);
    this.locks = new ShardLocks(this.store, this.scriptState);
    this.#lastClient = new Int32Array(memory.lastClient);
    const compatibility = compatibilityOf(options.compatibility);
    this.compatibility = compatibility;
    this.plan = new CommandPlan(table, compatibility);
    this.#keys = new CommandKeys(this.plan);
    this.#exec = table.byName('exec');
    this.access = new Access(this, memory.access);
    const nobody = new EngineClient(0, 0, NO_OUTPUT);
    this.watch = new CommandWatch(this, memory.watch);
    this.eviction = new Eviction(this);
    this.blocking = new Blocking(this, memory.blocked);
    this.scripting = new Scripting(this, this.scriptState, memory.libraries);
    this.log = options.log ?? (() => {});
    this.snapshots = new Snapshots(this, memory.snapshot);
    const ports = makePorts(this, options.dialer);
    this.whileBusy = new WhileBusy(this, ports);
    this.context = new CommandContext(this.store, table, compatibility, ports, this.writer, nobody);
    this.inner = new CommandContext(this.store, table, compatibility, ports, this.writer, nobody);
    this.inner.mayBlock = false;
    this.inner.mayYield = false;
    this.scripted = new CommandContext(this.store, table, compatibility, ports, this.writer, nobody);
    this.scripted.inScript = true;
    this.scripted.mayBlock = false;
    this.scripted.mayYield = false;
    this.retry = new CommandContext(this.store, table, compatibility, ports, this.writer, nobody);
    this.retry.isRetry = true;
    this.retry.mayYield = false;
  }

  /** A new client. */
  connect(output: ClientOutput): EngineClient {
    const { worker, workers } = this.#options;
    // Ids grow, and tell the worker.
    const id = ((Atomics.add(this.#lastClient, 0, 1) + 1) >>> 0) * workers + (worker % workers);
    const client = new EngineClient(id, this.clock.nowMs, output);
    this.clients.set(id, client);
    this.access.reset(client);
    this.statistics.cells[GAUGE_CLIENTS] = this.clients.size;
    this.statistics.cells[COUNT_CONNECTIONS] += 1;
    return client;
  }

  /** The client is gone. */
  disconnect(client: EngineClient): void {
    if (!this.clients.delete(client.id)) return;
    this.statistics.cells[GAUGE_CLIENTS] = this.clients.size;
    client.closing = true;
    if (client.continuation !== undefined) this.later.drop(client.continuation);
    client.continuation = undefined;
    this.later.abandon(client);
    client.held = undefined;
    this.held.leave(client);
    forgetTransaction(this, client);
    this.pubsub.leave(client);
    this.tracker.stop(client);
    this.monitors.stop(client);
  }

  get worker(): number {
    return this.#options.worker;
  }

  /** The worker that a client id belongs to. */
  workerOf(id: number): number {
    return id % this.#options.workers;
  }

  /** A message that is no reply. It does not go into the middle of what the client is getting. */
  push(client: EngineClient, bytes: Uint8Array, start: number, end: number): void {
    if (client === this.executing) this.behind.raw(bytes, start, end);
    else client.output.emit(bytes, start, end);
  }

  /** Executes one command and appends its reply to `writer`, unless the client waits for it afterwards. */
  execute(client: EngineClient, view: CommandView): void {
    const { plan, context } = this;
    const { table } = plan;
    const id = table.lookup(view.bytes, view.spans, view.count);
    if (this.held.holds(client, id, view)) {
      this.context.failed = false;
      client.lastCommand = id;
      return;
    }
    this.tracker.limit();
    client.lastCommand = id;
    context.client = client;
    context.bytes = view.bytes;
    context.spans = view.spans;
    context.count = view.count;
    context.command = id;
    context.database = client.database;
    context.resp = client.resp;
    context.nowMs = this.clock.nowMs;
    context.failed = false;
    this.executing = client;
    this.lookAtSettings();
    if (client.replyMode === 'on') this.#decide(client, id);
    else this.#decideSilently(client, id);
    this.executing = undefined;
    if (client.tracking !== undefined)
      this.tracker.commandDone(client, id >= 0 && this.plan.isClient[id] === 1);
    if (this.behind.length === 0) return;
    this.writer.raw(this.behind.bytes, 0, this.behind.length);
    this.behind.reset();
  }

  /** They may have been changed, by whichever worker. */
  lookAtSettings(): void {
    if (this.settings.version === this.#settingsVersion) return;
    this.#settingsVersion = this.settings.version;
    this.watch.refresh();
    this.eviction.refresh();
    this.statistics.isTimingAll = this.watch.timesAll;
  }

  /** After CLIENT REPLY: whatever the reply is, the client does not get it, unless this is CLIENT REPLY ON. */
  #decideSilently(client: EngineClient, id: number): void {
    const before = this.writer.length;
    if (client.replyMode === 'skip') client.replyMode = 'skipping';
    this.#decide(client, id);
    const mode: string = client.replyMode;
    if (mode === 'on') return;
    // What SUBSCRIBE says is no reply but a message.
    if (id < 0 || this.plan.isMessage[id] === 0 || this.context.failed) this.writer.length = before;
    if (mode === 'skipping') client.replyMode = 'on';
  }

  #decide(client: EngineClient, id: number): void {
    const { plan, context } = this;
    const refusal = whyRefused(this, client, id);
    if (refusal !== undefined) {
      this.refuse(client, refusal);
      return;
    }
    const run = plan.runs[id]!;
    if ((client.mode & MODE_MULTI) !== 0 && isQueued(plan.table.definitions[id].name)) {
      client.queue.push(new QueuedCommand(id, context));
      this.writer.simple('QUEUED');
      return;
    }
    this.store.statistics.cells[STAT_COMMANDS] += 1;
    client.commandCount += 1;
    const { watch, writer } = this;
    const before = writer.length;
    if (this.statistics.begins(id, context.count)) {
      const start = performance.now();
      this.#run(client, id, run);
      const microseconds = (performance.now() - start) * 1000;
      this.statistics.timed(id, microseconds);
      this.lookAtSettings();
      if (context.continuation !== undefined) client.runUs = microseconds;
      else if (microseconds >= watch.leastUs) watch.took(client, id, context, microseconds);
    } else this.#run(client, id, run);
    const request = context.spans[2 * context.count - 1] - context.spans[0];
    const reply = writer.length - before;
    if (request >= watch.leastRequest || reply >= watch.leastReply)
      watch.large(client, id, context, request, reply);
    if (this.blocking.hasReady && !this.whileBusy.isOn) this.blocking.serveLater(context.nowMs);
    if (this.monitors.isOn) this.monitors.feed(client, context, false);
    if (context.failed) this.countError(context, id, true);
    if (context.continuation !== undefined) this.later.park(client);
  }

  #run(client: EngineClient, id: number, run: CommandRun): void {
    const { plan, context } = this;
    this.running = id;
    context.clearKeys();
    if (this.whileBusy.isOn) this.whileBusy.run(client, id, run);
    else if (plan.locks[id] === LOCK_ONE) {
      const { shard } = context.addKey(plan.table.firstKey[id]);
      if (!this.locks.lockOne(shard)) this.refuse(client, this.scripting.busyText());
      else if (shard.arena.words[BLOCKED_ROOT] === 0 || plan.reads[id] !== 0) {
        if (shard.arena.words[SAVING_ROOT] !== 0 && plan.reads[id] === 0) this.snapshots.keepKeys(context);
        run(context);
        if (client.tracking !== undefined) this.#track(client, context);
        this.store.unlock(shard);
      } else {
        this.store.unlock(shard);
        this.locks.want(shard.index);
        this.#runLocked(id, run);
      }
    } else if (plan.locks[id] === LOCK_NONE) run(context);
    else {
      this.#keys.want(id, context, this.locks);
      this.#runLocked(id, run);
    }
  }

  /** An error without a text is a script's, which has counted what led to it. */
  countError({ errorText }: CommandContext, id: number, hasRun: boolean): void {
    if (errorText !== '') this.store.statistics.cells[STAT_ERRORS] += 1;
    this.statistics.failed(id, errorText, hasRun);
  }

  /** Runs the command with the locks that are wanted, and serves whoever has waited for what it has done. */
  #runLocked(id: number, run: CommandRun): void {
    const { locks, context, blocking } = this;
    const client = context.client as EngineClient;
    // Whether anybody waits is asked with the locks held: until then another worker's client may begin to.
    if (!locks.lock() || (blocking.isUsed && this.plan.reads[id] === 0 && !blocking.widen(locks))) {
      this.refuse(client, this.scripting.busyText());
      return;
    }
    if (this.plan.reads[id] === 0) this.snapshots.keepKeys(context);
    run(context);
    if (client.tracking !== undefined) this.#track(client, context);
    if (blocking.hasReady) blocking.serve(context.nowMs);
    locks.unlock();
  }

  /** Prepares the keys of the context's command. */
  findKeysOf(id: number, context: CommandContext): void {
    context.clearKeys();
    this.#keys.add(id, context);
  }

  /** At the end of each batch: long commands go on, those that were held, and who has waited long enough is told. */
  runLater(): void {
    const { nextDeadlineMs } = this.blocking;
    if (nextDeadlineMs <= this.clock.monotonicMs && !this.scriptState.isLong) this.blocking.expire();
    this.held.runLater();
    this.eviction.step();
    this.settle();
    if (this.snapshots.isBusy) this.snapshots.step();
    if (!this.scriptState.isLong) this.later.step();
  }

  /** When the commands of one read are done: what was gathered for others leaves. */
  settle(): void {
    if (this.tracker.hasPending && !this.whileBusy.isOn) this.tracker.settle();
  }

  /** There are long commands under way: `runLater` wants to be called again soon. */
  get isBusy(): boolean {
    if (this.snapshots.isBusy) return true;
    return this.later.isBusy || this.held.isBusy || this.eviction.isRunning;
  }

  /** About ten times a second. */
  tick(): void {
    if (this.switches.noTick) return;
    const { worker, workers } = this.#options;
    const now = this.clock.nowMs;
    this.lookAtSettings();
    this.store.access.refresh(now);
    this.information.look();
    if (worker === 0) {
      this.snapshots.tick(now);
      // One for all: together they might give up too many.
      this.tracker.limit();
    }
    if (this.held.isPaused || this.scriptState.isLong || this.switches.noExpiry) return;
    const start = performance.now();
    for (let shard = worker; shard < this.store.shards.length; shard += workers) {
      expireShard(this.store, this.store.shards[shard], now);
      expireShardFields(this.store, this.store.shards[shard], now);
    }
    this.watch.event(LATENCY_EXPIRE_CYCLE, performance.now() - start);
    this.blocking.serveLater(now);
  }

  /** The client has read the command's keys. Their shards are locked. */
  #track(client: EngineClient, context: CommandContext): void {
    if (this.plan.isTracked[context.command] === 1) this.tracker.remember(client, context);
  }

  refuse(client: EngineClient, text: string): void {
    if (client.lastCommand >= 0 && client.lastCommand === this.#exec) {
      // EXEC itself was refused: that ends the transaction as well.
      forgetTransaction(this, client);
      this.context.error(`EXECABORT Transaction discarded because of: ${text.replace(/^ERR /, '')}`);
      this.countError(this.context, client.lastCommand, false);
      return;
    }
    this.context.error(text);
    this.countError(this.context, client.lastCommand, false);
    if ((client.mode & MODE_MULTI) !== 0) client.queueFailed = true;
  }
}
