/**
 * Runs commands on the primary: shared lanes, pinned connections, and with a shadow the order per slot that the mirror
 * stream needs. One per worker without a shadow; with one, all workers use that of the slot owner. Worker thread.
 * It must not know client sockets or the protocol towards clients.
 */
import { type CommandDefinition, endsMessages } from '../commands/definition.ts';
import type { LearntCommand } from '../commands/learnt.ts';
import { BIT_WRITE } from '../commands/table.ts';
import { identityFromHello, type ServerIdentity } from '../compare/identity.ts';
import type { Reread } from '../shadow/judge.ts';
import type { MirrorItem } from '../shadow/mirror-item.ts';
import type { PrimarySide } from '../shadow/primary-side.ts';
import { SlotGate } from '../shadow/slot-gate.ts';
import type { ShadowStream } from '../shadow/stream.ts';
import type { CommandTrace } from '../telemetry/trace.ts';
import type { CommandLane } from '../upstream/command-lane.ts';
import { NOT_HERE } from '../upstream/refusals.ts';
import type { ReplyTarget } from '../upstream/reply-target.ts';
import { askServerInfo } from '../upstream/server-info.ts';
import type { WorkerServices } from '../upstream/services.ts';
import { BlockedClients } from './blocked-clients.ts';
import { BusyWatch } from './busy-watch.ts';
import { needsCare } from './care.ts';
import { CarefulSend } from './careful-send.ts';
import { CommandLearner, UnknownReply } from './command-learner.ts';
import { type ContextTable, linkContextOf, type UpstreamLogin } from './contexts.ts';
import { HeldCommands, LateItem, LateSend } from './held-commands.ts';
import { KeyLeases } from './key-leases.ts';
import { checkLane } from './login-check.ts';
import { LocalNodeClients } from './node-clients.ts';
import { PinnedSession } from './pinned-session.ts';
import { UPLOAD_LOST } from './pinned-upload.ts';
import type { Executor, Frame, LoginWish, SessionContext, SessionTarget, UpstreamIds } from './ports.ts';
import { type LaneSettings, PrimaryLanes } from './primary-lanes.ts';
import { QueuedSend } from './queued-send.ts';
import { IGNORE } from './reply-targets.ts';
import { SessionConnections } from './session-connections.ts';

export interface ExecutorOptions extends UpstreamLogin, LaneSettings {
  readonly pinnedIdleMax: number;
  /** The command table has these from now on. */
  onLearnt(commands: readonly LearntCommand[]): void;
  onPrimaryState(up: boolean, reason: string): void;
}

export class LocalExecutor implements Executor, PrimarySide {
  readonly services: WorkerServices;
  readonly options: ExecutorOptions;
  readonly gate = new SlotGate();
  readonly held = new HeldCommands();
  readonly blocked: BlockedClients;
  readonly leases: KeyLeases;
  /** Set once, right after construction, when there is a shadow. */
  stream: ShadowStream | undefined = undefined;
  readonly contexts: ContextTable;
  readonly resetCommand: number;
  readonly lanes: PrimaryLanes;
  readonly busy: BusyWatch;
  /** Of the primary, as far as it is known. */
  identity: ServerIdentity | undefined = undefined;
  /** The base lane is. */
  up = false;
  readonly #learner: CommandLearner;
  readonly #pinned = new Map<number, PinnedSession>();
  readonly nodeClients: LocalNodeClients;
  /** Connections for sessions that need one of their own: idle ones of the same context, or new ones. */
  readonly pool: SessionConnections;

  constructor(services: WorkerServices, contexts: ContextTable, options: ExecutorOptions) {
    this.services = services;
    this.contexts = contexts;
    this.resetCommand = services.table.byName('reset');
    this.options = options;
    this.nodeClients = new LocalNodeClients(services.clock, this.#pinned, () => this.baseLane);
    this.pool = new SessionConnections(services, options, this.nodeClients, (of, context) =>
      this.lanes.laneOf(of, context),
    );
    this.blocked = new BlockedClients(() => this.identity);
    this.leases = new KeyLeases(this);
    this.#learner = new CommandLearner(services, (commands) => options.onLearnt(commands));
    this.busy = new BusyWatch(this);
    this.lanes = new PrimaryLanes(services, contexts, options, {
      linkContext: (context) => linkContextOf(context, options),
      onBaseState: (lane, up, reason) => this.#stateChanged(lane, up, reason),
      mayRetire: () => this.stream === undefined,
    });
    this.baseLane.open();
  }

  /** Connections to the primary that are up. */
  get connections(): number {
    return this.lanes.upCount + this.#pinned.size;
  }

  /** The lane with the configuration's own credentials, for the gateway's own questions. */
  get baseLane(): CommandLane {
    return this.lanes.base;
  }

  hasRoom(): boolean {
    return true;
  }

  submit(
    target: SessionTarget,
    session: number,
    sequence: number,
    context: SessionContext,
    command: number,
    frame: Frame,
  ): void {
    if (this.busy.isOn) {
      this.busy.take(target, session, sequence, context, command, frame);
      return;
    }
    const lane = this.lanes.laneOf(session, context);
    this.execute(lane, context, command, frame, target, session, sequence, undefined);
  }

  /** Runs a command on a lane, mirrored where it should be. `confirm` marks a read that checks a difference. */
  execute(
    lane: CommandLane,
    context: SessionContext,
    command: number,
    frame: Frame,
    target: ReplyTarget,
    session: number,
    sequence: number,
    confirm: Reread | undefined,
  ): boolean {
    const { bytes, frameStart, frameEnd } = frame;
    const { stream, held } = this;
    const to = this.heard(target);
    const item = stream?.intake.admit(command, frame, frameStart, frameEnd, context.database, context.resp);
    if (item === undefined) {
      if (confirm !== undefined) return false;
      const hears = command < 0 ? this.unknownSent(to, frame) : to;
      const leftOut = stream?.leftOutNow;
      if (held.mustWait(session, false)) {
        held.defer(session, new LateSend(lane, frame, hears, session, sequence, command, leftOut));
      } else lane.send(bytes, frameStart, frameEnd, hears, session, sequence, command, leftOut);
      return true;
    }
    item.context = context.id;
    if (confirm !== undefined) {
      item.origin = confirm.origin;
      item.attempt = confirm.attempt;
    }
    item.lane = lane.id;
    const isGated = item.slotCount !== 0 || item.allSlots;
    if (held.mustWait(session, isGated)) {
      held.defer(session, new LateItem(this, item, lane, to, session, sequence));
    } else this.start(item, lane, to, session, sequence, bytes, frameStart);
    return true;
  }

  /** As `start`, after a while. */
  startLate(
    item: MirrorItem,
    lane: CommandLane,
    target: ReplyTarget,
    session: number,
    sequence: number,
  ): void {
    this.stream!.intake.lookAgain(item);
    this.start(item, lane, target, session, sequence);
  }

  /** Sends a command that may be mirrored, at once (as it came, `bytes` from `from`) or when it may. */
  start(
    item: MirrorItem,
    lane: CommandLane,
    target: ReplyTarget,
    session: number,
    sequence: number,
    bytes = item.frame.bytes,
    from = item.frameStart,
  ): void {
    const { frameStart, frameEnd, command, slotCount, allSlots } = item;
    this.stream!.starts(item);
    if (needsCare(this, item)) {
      new CarefulSend(this, item, lane, target, session, sequence).enter();
      return;
    }
    const isFree =
      slotCount === 0 || (slotCount === 1 && !allSlots && this.gate.tryEnterOne(item.slot, lane.id));
    if (isFree && !allSlots) {
      item.isShort = true;
      lane.send(bytes, from, from + frameEnd - frameStart, target, session, sequence, command, item);
      return;
    }
    const starter = new QueuedSend(this, lane, target, session, sequence);
    item.queued = true;
    item.starter = starter;
    this.gate.enter(item);
    starter.entered();
  }

  /** A command is not known: perhaps it is new. Returns who is to hear its reply, on the way to `target`. */
  unknownSent(target: ReplyTarget, frame: Frame): ReplyTarget {
    return new UnknownReply(target, frame, (name, succeeded) => {
      this.#learner.askAbout(name, this.baseLane);
      if (succeeded) this.stream?.intake.refuseUnknown();
    });
  }

  submitPinned(
    target: SessionTarget,
    session: number,
    sequence: number,
    context: SessionContext,
    command: number,
    frame: Frame,
  ): void {
    this.#pinnedFor(target, session, context).submit(sequence, command, frame, context);
  }

  submitStream(
    target: SessionTarget,
    session: number,
    context: SessionContext,
    command: number,
    frame: Frame,
  ): void {
    const bits = command < 0 ? 0 : this.services.table.bits[command];
    const isNowhere =
      command >= 0 &&
      endsMessages(this.services.table.definitions[command]) &&
      this.options.upstream.cluster?.topology.isOnePrimary !== true;
    if (isNowhere && this.#refuses(() => target.streamEnded(session, NOT_HERE, false))) return;
    // A connection whose output is only passed on has no replies to build effects from.
    if ((bits & BIT_WRITE) !== 0) this.stream?.intake.refuse(command, frame, 'not_mirrorable');
    this.#pinnedFor(target, session, context).stream(command, frame);
  }

  prepare(
    target: SessionTarget,
    session: number,
    sequence: number,
    context: SessionContext,
    wish: LoginWish,
  ): void {
    checkLane(this.laneFor(context), linkContextOf(context, this.options), wish, target, session, sequence);
  }

  get mirrors(): boolean {
    return this.stream !== undefined;
  }

  promisesNoWrites(digest: string): boolean {
    return this.stream?.scripts.promiseNoWrites(digest) === true;
  }

  beginUpload(
    target: SessionTarget,
    session: number,
    context: SessionContext,
    command: number,
    head: Frame,
  ): void {
    if (this.#refuses(() => target.streamEnded(session, NOT_HERE, false))) return;
    this.#pinnedFor(target, session, context).beginUpload(command, head, context);
  }

  upload(session: number, bytes: Uint8Array, start: number, end: number, expected: number): void {
    this.#pinned.get(session)?.upload(bytes, start, end, expected);
  }

  endUpload(
    target: SessionTarget,
    session: number,
    sequence: number,
    bytes: Uint8Array,
    start: number,
    end: number,
  ): void {
    const pinned = this.#pinned.get(session);
    if (pinned === undefined) target.failed(session, sequence, UPLOAD_LOST);
    else pinned.endUpload(sequence, bytes, start, end);
  }

  holdBack(session: number, isHeldBack: boolean): void {
    this.#pinned.get(session)?.connection.holdBack(isHeldBack);
    this.lanes.holdBack(session, isHeldBack);
  }

  unblock(session: number): void {
    this.#pinned.get(session)?.unblock('ERROR');
  }

  identify(target: SessionTarget, session: number, context: SessionContext): void {
    if (this.#refuses(() => target.identified(session, -1))) return;
    this.#pinnedFor(target, session, context).identify();
  }

  unpin(session: number): void {
    this.#pinned.get(session)?.release();
    this.#pinned.delete(session);
  }

  closeSession(session: number): void {
    const pinned = this.#pinned.get(session);
    this.#pinned.delete(session);
    pinned?.abandon();
    this.lanes.sessionOver(session);
  }

  pinnedGone(session: number): void {
    this.#pinned.delete(session);
  }

  /** Cold: for commands about clients. */
  upstreamIds(): UpstreamIds {
    return this.pool.idsWith(this.#pinned, this.lanes.ends);
  }

  settle(done: () => void): void {
    this.lanes.settle(done);
  }

  /** Where the reply to a command is to go on the way to `target`: see `traced-executor.ts`. */
  heard(target: ReplyTarget, _trace?: CommandTrace): ReplyTarget {
    return target;
  }

  laneFor(context: SessionContext): CommandLane {
    return this.lanes.laneFor(context);
  }

  /** The primary is at another address: what was on its way is lost, what waits goes there. `login`: nothing waits. */
  moved(login?: UpstreamLogin): void {
    if (login !== undefined) Object.assign(this.options, login);
    this.pool.clear();
    for (const { connection } of this.#pinned.values()) connection.cut();
    this.lanes.moved(login !== undefined);
  }

  tick(): void {
    this.lanes.tick();
    this.pool.sweep(this.#pinned.values());
  }

  close(): void {
    this.lanes.close();
    this.options.upstream.close();
    for (const pinned of this.#pinned.values()) pinned.abandon();
  }

  releaseSlots(item: MirrorItem): void {
    if (item.queued) this.gate.leave(item);
    else if (item.slotCount === 1) this.gate.leaveOne(item.slot);
  }

  isLeased(item: MirrorItem): boolean {
    return item.keyStart >= 0 && this.leases.has(item.database, item.frame.bytes, item.keyStart, item.keyEnd);
  }

  reread(request: Reread): boolean {
    const { origin } = request;
    // With the client's own rights: the configuration's may be fewer.
    const context = this.contexts.byId(origin.context);
    if (context === undefined) return false;
    const { frameStart, frameEnd } = origin;
    const { bytes, spans, count } = this.stream!.parser.parse(origin.frame.bytes, frameStart, frameEnd);
    const frame: Frame = { bytes, spans, count, frameStart, frameEnd };
    return this.execute(this.laneFor(context), context, origin.command, frame, IGNORE, 0, 0, request);
  }

  #refuses(tell: () => void): boolean {
    if (this.options.upstream.cluster !== undefined) tell();
    return this.options.upstream.cluster !== undefined;
  }

  #pinnedFor(target: SessionTarget, session: number, context: SessionContext): PinnedSession {
    const known = this.#pinned.get(session);
    if (known !== undefined) return known;
    const pinned = new PinnedSession(this, target, session, context);
    this.#pinned.set(session, pinned);
    return pinned;
  }

  #stateChanged(lane: CommandLane, up: boolean, reason: string): void {
    if (up) {
      if (lane.hello !== undefined) this.identity ??= identityFromHello(lane.hello);
      this.#learner.askAll(lane);
      // HELLO of a Valkey may say that it is a Redis; INFO tells.
      askServerInfo(lane, ({ identity }) => {
        this.identity = identity ?? this.identity;
      });
    }
    this.up = up;
    this.options.onPrimaryState(up, reason);
  }

  definition(command: number): CommandDefinition | undefined {
    return command < 0 ? undefined : this.services.table.definitions[command];
  }
}
