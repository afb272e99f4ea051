/**
 * Commands that change what the connections of one session before a cluster are: CLIENT TRACKING, CACHING, NO-EVICT and
 * their like. One node judges them, in its own words; then they hold on all. Worker thread. Cold: rare commands.
 */
import { isError, type Reply } from '../resp/reply.ts';
import type { ClusterCommand } from './cluster-command.ts';
import type { ClusterTransaction } from './cluster-transaction.ts';
import type { KeptCommands } from './kept-commands.ts';
import type { PrivateLane } from './private-lane.ts';
import { NOBODY } from './topology.ts';

const TRACKING = 'client|tracking';
const CACHING = 'client|caching';
/** What they say of a client that tracks is said on each of its connections, for what it has read is known there. */
const CONTEXT = new Set(['hello', 'auth', 'select']);
const BEGIN_OR_END = new Set(['multi', 'unwatch', 'discard']);
const SWITCHES = new Set(['client|no-evict', 'client|no-touch', 'client|capa', 'client|import-source']);
/** A command that is none of CLIENT's ends what CLIENT CACHING has said. */
const PING = Buffer.from('*1\r\n$4\r\nPING\r\n');
const IGNORE = (): void => {};

export class PrivateCommands {
  readonly #own: PrivateLane;
  readonly #transaction: Pick<ClusterTransaction, 'watchedSlot'>;
  readonly #kept: KeptCommands;
  readonly #onOver: () => void;
  /** One is under way: nothing must overtake it. */
  isBusy = false;
  /** CLIENT CACHING, for the next command that is none of CLIENT's. */
  #caching: Uint8Array | undefined = undefined;

  constructor(own: PrivateLane, transaction: ClusterTransaction, onOver: () => void) {
    this.#own = own;
    this.#transaction = transaction;
    this.#kept = transaction.kept;
    this.#onOver = onOver;
  }

  /** Whether the command is one of these. */
  isOne(name: string): boolean {
    if (name === TRACKING || SWITCHES.has(name)) return true;
    if (!this.#own.setup.tracks) return false;
    return name === CACHING || (CONTEXT.has(name) && this.#transaction.watchedSlot === NOBODY);
  }

  /** Whether everything before it must be answered. */
  comesAlone(name: string): boolean {
    return BEGIN_OR_END.has(name) || this.isOne(name);
  }

  /** What must be sent right before the next command, which has this name. */
  prefixFor(name: string): Uint8Array | undefined {
    const prefix = this.#caching;
    if (!name.startsWith('client|')) this.#caching = undefined;
    return prefix;
  }

  /** Runs one of these commands; `node` is the one to judge it. */
  run(one: ClusterCommand, name: string, node: number): void {
    this.isBusy = true;
    this.#kept.keep(one);
    const { setup } = this.#own;
    const listens = name === TRACKING && setup.tracks && setup.names(one.bytes);
    if (listens) this.#own.listenAt(node, () => this.#judge(one, name, node));
    else this.#judge(one, name, node);
  }

  #judge(one: ClusterCommand, name: string, node: number): void {
    const { setup } = this.#own;
    // A client that tracks goes on doing so on the same connections, whoever hears of it.
    const listener = name === TRACKING && setup.tracks ? this.#own.listenerOf(node) : -1;
    let judged = one.bytes;
    if (listener >= 0) judged = setup.said(one.bytes, listener);
    else if (name === TRACKING) judged = setup.judged(one.bytes) ?? one.bytes;
    this.#own.ask(node, judged, (reply, error) => {
      if (reply === undefined || isError(reply)) this.#over(one, reply, error);
      else if (name === CACHING) {
        this.#caching = one.bytes;
        this.#own.ask(node, PING, IGNORE);
        this.#over(one, reply, '');
      } else if (CONTEXT.has(name)) {
        this.#caching = undefined;
        this.#own.tellContext(one.bytes, node, () => this.#over(one, reply, ''));
      } else this.#accept(one, name, node, listener, () => this.#over(one, reply, ''));
    });
  }

  #accept(one: ClusterCommand, name: string, node: number, listener: number, done: () => void): void {
    const { setup } = this.#own;
    const { broadcasts, tracks } = setup;
    setup.accept(name, one.bytes);
    this.#caching = undefined;
    // Where messages are to go elsewhere, and which connections there are, is settled when they are made.
    const isAnother = (setup.redirects && listener < 0) || setup.broadcasts !== broadcasts;
    // What it has read on the old ones is not known to the new.
    if (isAnother && tracks) this.#own.flush();
    if (isAnother) this.#own.restart();
    this.#own.tell(one.bytes, isAnother ? -1 : node, setup.broadcasts, () => {
      this.#own.settled();
      done();
    });
  }

  #over(one: ClusterCommand, reply: Reply | undefined, error: string): void {
    this.isBusy = false;
    // Before the client has its answer: the next command may come of it.
    this.#own.release();
    if (reply === undefined) this.#kept.fail(one, error);
    else this.#kept.answer(one, reply.bytes.slice(reply.start, reply.end));
    this.#onOver();
  }
}
