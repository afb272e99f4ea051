/**
 * A blocking command with a shadow. It holds its slots until the primary has either served it or is known to have
 * parked it; a parked client is served later, by some write, and then what it popped is mirrored right behind that
 * write (see `blocked-clients.ts`). Worker thread (slot owner).
 *
 * A node of a cluster sends back a command whose slot has moved away, and then it is as if it had just come: it takes
 * its slots before it goes to another node, for there it may be served at once.
 */

import { decodeLatin1 } from '../base/bytes.ts';
import { assert } from '../base/errors.ts';
import { decodeReply, isError } from '../resp/reply.ts';
import type { ItemHolder, MirrorItem } from '../shadow/mirror-item.ts';
import type { GateTask } from '../shadow/slot-gate.ts';
import { ClusterPinned } from '../upstream/cluster-pinned.ts';
import type { CommandLane } from '../upstream/command-lane.ts';
import type { BlockedClient } from './blocked-clients.ts';
import { ExpiringKeys } from './expiring-keys.ts';
import { itemKeys } from './item-keys.ts';
import type { PinnedSession, Run, Submission } from './pinned-session.ts';
import { type Taken, takenBy } from './service-order.ts';
import { laneBeside } from './session-connections.ts';

/** Where the command is. What a node of a cluster sends back begins again. */
type Phase = 'waiting-for-slots' | 'sent' | 'parked' | 'answered' | 'over';

export class BlockingRun implements Run, GateTask, ItemHolder, BlockedClient {
  readonly lane = -1;
  allSlots = false;
  readonly #owner: PinnedSession;
  readonly #submission: Submission;
  #item: MirrorItem | undefined = undefined;
  /** Of its own keys. */
  slots: Int32Array = new Int32Array(0);
  /** What it holds in the gate: its own slots, and those of all that its push may serve. */
  #held: Int32Array = new Int32Array(0);
  sourceKeys: string[] = [];
  isMixed = false;
  targetKey: string | undefined = undefined;
  #phase: Phase = 'waiting-for-slots';
  /** It holds its slots in the gate, or waits for them. */
  #inGate = false;
  #answered = false;
  /** The client is gone. */
  #isAbandoned = false;
  #sent = false;
  #isOrderLost = false;
  #expiring: ExpiringKeys | undefined = undefined;
  #whenServed: (() => void) | undefined = undefined;
  /** Sends the command that a node has sent back. */
  #goOn: (() => void) | undefined = undefined;
  #pauseMs = 0;
  /** How often it was sent back. */
  #attempt = 0;

  constructor(owner: PinnedSession, submission: Submission) {
    this.#owner = owner;
    this.#submission = submission;
  }

  get slotCount(): number {
    return this.#held.length;
  }

  slotAt(index: number): number {
    return this.#held[index];
  }

  get serverId(): number {
    return this.#owner.connection.serverId;
  }

  get questionLane(): CommandLane {
    return laneBeside(this.#owner.executor.baseLane, this.#owner.connection);
  }

  get isRefusable(): boolean {
    return this.#phase === 'waiting-for-slots' && this.#owner.connection.inFlight === 0;
  }

  /** It was not sent. */
  refuse(text: string): void {
    this.#inGate = false;
    this.#giveUp(text);
  }

  get kind(): string {
    return this.#item!.definition.group;
  }

  get taken(): Taken | undefined {
    const { answer, answerStart, answerEnd } = this.#item!;
    if (!this.#answered || answer === undefined) return undefined;
    return takenBy(this.sourceKeys, decodeReply(answer.bytes, answerStart, answerEnd));
  }

  get tookSomething(): boolean {
    const { answer, answerStart, answerEnd } = this.#item!;
    if (answer === undefined) return true;
    const reply = decodeReply(answer.bytes, answerStart, answerEnd);
    return !reply.isNull && !isError(reply);
  }

  get parked(): boolean {
    return this.#phase === 'parked' || this.#phase === 'answered';
  }

  get served(): boolean {
    return this.#phase === 'answered';
  }

  start(): void {
    const { executor, context, database } = this.#owner;
    const { command, frame } = this.#submission;
    const item = executor.stream!.intake.admit(
      command,
      frame,
      frame.frameStart,
      frame.frameEnd,
      database,
      context.resp,
    );
    if (item === undefined) {
      this.#owner.send(this.#submission, this.#owner.target, executor.stream!.leftOutNow);
      this.#owner.runOver();
      return;
    }
    this.#item = item;
    item.holder = this;
    this.slots = Int32Array.from({ length: item.slotCount }, (_, at) => item.slotAt(at));
    for (const { key, isFilled } of itemKeys(executor, item)) {
      const text = decodeLatin1(key, 0, key.length);
      if (isFilled) this.targetKey = text;
      else this.sourceKeys.push(text);
    }
    // From here on: a write that arrives while this one waits for its slots will find it parked.
    executor.blocked.add(this);
    // Which node of a cluster it is for may change until it is sent, and one that is down has a successor.
    if (this.#isCluster) this.#enterGate();
    else this.#connect();
  }

  get #isCluster(): boolean {
    return this.#owner.connection instanceof ClusterPinned;
  }

  #connect(): void {
    this.#owner.whenReady(
      () => this.#enterGate(),
      (text) => this.#giveUp(text),
    );
  }

  run(): void {
    if (this.#phase === 'answered') {
      // Served by no write from here: by a key that was moved to its node. Reads may have been before or behind that.
      if (this.#isCluster) this.orderLost();
      this.#mirrorHolding(() => this.#leave());
      return;
    }
    const { executor } = this.#owner;
    const item = this.#item!;
    this.#expiring = new ExpiringKeys(
      executor,
      this.#owner.lane,
      item.isWrite ? [item] : [],
      item,
      this.#held,
    );
    this.#expiring.before(() => this.#send());
  }

  sentBack(pauseMs: number, goOn: () => void): void {
    this.#attempt += 1;
    const wasParked = this.#phase === 'parked';
    // It has its slots, and keeps them from nobody for long.
    if (!wasParked && pauseMs === 0) {
      goOn();
      return;
    }
    this.#goOn = goOn;
    this.#phase = 'waiting-for-slots';
    this.#pauseMs = pauseMs;
    // Parked, and still in the gate: `#park` goes on with it.
    if (wasParked && !this.#inGate) this.#comeAgain();
    else if (!wasParked)
      this.#expiring!.after(
        (told) => told(),
        () => this.#letGo(),
      );
    // The write that is being settled has not served it.
    this.#whenServed?.();
    this.#whenServed = undefined;
  }

  /** Leaves its slots while it is not with the server, or is parked there. */
  #letGo(): void {
    this.#inGate = false;
    this.#owner.executor.gate.leave(this);
    if (this.#phase === 'waiting-for-slots') this.#comeAgain();
  }

  #comeAgain(): void {
    const { services } = this.#owner.executor;
    if (this.#isAbandoned) this.#neverSent();
    else if (this.#pauseMs === 0) this.#enterGate();
    else services.after(this.#pauseMs, () => this.#enterGate());
  }

  primaryOver(_item: MirrorItem, answered: boolean, sent: boolean): void {
    if (this.#phase === 'waiting-for-slots') {
      // It was sent back, and its connection has ended since.
      this.abandon();
      return;
    }
    const wasParked = this.#phase === 'parked';
    this.#phase = 'answered';
    this.#answered = answered;
    this.#sent = sent;
    if (!wasParked) {
      this.#expiring!.after(
        (told) => this.#mirrorHolding(told),
        () => this.#leave(),
      );
      return;
    }
    // While it still leaves its slots to others: `#park` goes on with it.
    if (this.#inGate) return;
    // Somebody's write served it, or its time is over. If the write is still being settled, it will be told.
    if (this.#whenServed !== undefined) this.#whenServed();
    else this.#enterGate();
  }

  whenServed(callback: () => void): void {
    if (this.served) callback();
    else this.#whenServed = callback;
  }

  orderLost(): void {
    this.#isOrderLost = true;
  }

  mirrorServed(): void {
    if (this.#phase === 'over') return;
    this.#mirror();
    // It may have gone to the gate by itself, and waits there.
    if (this.#inGate) {
      const hasWaited = this.#owner.executor.gate.abandon(this);
      assert(hasWaited, 'whoever served a client has its slots');
      this.#inGate = false;
    }
    this.#owner.runOver();
  }

  /** With its own hold of the slots: what it has pushed may have served others. */
  #mirrorHolding(done: () => void): void {
    this.#mirror();
    const { blocked } = this.#owner.executor;
    blocked.settle(this.#held, this.targetKey === undefined ? [] : [this.targetKey], done);
  }

  #mirror(): void {
    const { executor } = this.#owner;
    const stream = executor.stream!;
    const item = this.#item!;
    this.#phase = 'over';
    executor.blocked.remove(this);
    if (!this.#answered) stream.lose(item, this.#sent);
    else if (this.#isOrderLost && this.tookSomething) stream.drop(item, 'not_mirrorable');
    else {
      // While it was parked nobody took care of its keys.
      stream.intake.lookAgain(item);
      stream.mirror(item);
    }
  }

  #leave(): void {
    this.#inGate = false;
    this.#owner.executor.gate.leave(this);
    this.#owner.runOver();
  }

  /**
   * The client is gone: the server is asked to let the command go once it is parked (the question might overtake a
   * command that was only just sent), and its last reply is still mirrored.
   */
  abandon(): void {
    this.#isAbandoned = true;
    if (this.#phase === 'parked') this.#owner.unblock('TIMEOUT');
    // One that has its slots already finds out when it is to be sent.
    if (this.#phase !== 'waiting-for-slots') return;
    if (!this.#inGate || this.#owner.executor.gate.abandon(this)) this.#neverSent();
  }

  #neverSent(): void {
    const { executor } = this.#owner;
    this.#phase = 'over';
    executor.blocked.remove(this);
    executor.stream!.lose(this.#item!, false);
    this.#owner.runOver();
  }

  #enterGate(): void {
    if (this.#phase === 'over') return;
    const { blocked, gate } = this.#owner.executor;
    // Not before: who began later may have entered the gate already, and wait for what this one is going to push.
    this.#held = blocked.slotsWith(this.#item!);
    this.#inGate = true;
    gate.enter(this);
  }

  #send(): void {
    if (this.#isAbandoned) {
      this.#expiring!.after(
        (told) => told(),
        () => {
          this.#owner.executor.gate.leave(this);
          this.#neverSent();
        },
      );
      return;
    }
    this.#phase = 'sent';
    this.#owner.executor.stream!.starts(this.#item!);
    if (this.#goOn === undefined) this.#owner.send(this.#submission, this.#owner.target, this.#item);
    else this.#goOn();
    this.#askWhetherParked();
  }

  /** Asks until the command is answered or known to be parked; each question is one round trip. */
  #askWhetherParked(): void {
    if (this.#phase !== 'sent') return;
    const { executor, connection } = this.#owner;
    if (!connection.ready) {
      this.#owner.whenReady(
        () => this.#askWhetherParked(),
        () => {},
      );
      return;
    }
    const attempt = this.#attempt;
    executor.blocked.askWaiting([this], ({ waiting, untold }) => {
      if (this.#phase !== 'sent') return;
      const isElsewhere = attempt !== this.#attempt;
      // Nobody knows when the server will have looked at it.
      if (!isElsewhere && untold.has(this)) this.orderLost();
      else if (isElsewhere || !waiting.has(this)) {
        this.#askWhetherParked();
        return;
      }
      this.#park();
    });
  }

  /** Leaves its slots to others, one of whom may serve it. */
  #park(): void {
    const { executor } = this.#owner;
    this.#phase = 'parked';
    executor.blocked.parked(this);
    if (this.#isAbandoned) this.#owner.unblock('TIMEOUT');
    let isOver = false;
    this.#expiring!.after(
      (told) => {
        isOver = this.served;
        if (isOver) this.#mirrorHolding(told);
        else told();
      },
      () => {
        if (isOver) this.#leave();
        else this.#letGo();
      },
    );
  }

  /** The connection could not be made: the command was never sent. */
  #giveUp(text: string): void {
    if (this.#phase === 'over') return;
    this.#owner.target.failed(this.#owner.session, this.#submission.sequence, text);
    this.#neverSent();
  }
}
