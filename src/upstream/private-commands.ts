/**
 * Commands that change what the connections of one session before a cluster are: CLIENT TRACKING, CACHING, NO-EVICT and
 * their like. One node judges them, in its own words; then they hold on all. Worker thread. Cold: rare commands.
 */
import { isError, type Reply } from '../resp/reply.ts';
import type { ClusterCommand } from './cluster-command.ts';
import type { KeptCommands } from './kept-commands.ts';
import type { PrivateLane } from './private-lane.ts';

const TRACKING = 'client|tracking';
const CACHING = 'client|caching';
const SWITCHES = new Set(['client|no-evict', 'client|no-touch', 'client|capa', 'client|import-source']);
/** A command that is none of CLIENT's ends what CLIENT CACHING has said. */
const PING = Buffer.from('*1\r\n$4\r\nPING\r\n');
const IGNORE = (): void => {};

export class PrivateCommands {
  readonly #own: PrivateLane;
  readonly #kept: KeptCommands;
  readonly #onOver: () => void;
  /** One is under way: nothing must overtake it. */
  isBusy = false;
  /** CLIENT CACHING, for the next command that is none of CLIENT's. */
  #caching: Uint8Array | undefined = undefined;

  constructor(own: PrivateLane, kept: KeptCommands, onOver: () => void) {
    this.#own = own;
    this.#kept = kept;
    this.#onOver = onOver;
  }

  /** Whether the command is one of these. */
  isOne(name: string): boolean {
    return name === TRACKING || SWITCHES.has(name) || (name === CACHING && this.#own.setup.tracks);
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
    const judged = name === TRACKING ? (setup.judged(one.bytes) ?? one.bytes) : one.bytes;
    this.#own.ask(node, judged, (reply, error) => {
      if (reply === undefined || isError(reply)) this.#over(one, reply, error);
      else if (name === CACHING) {
        this.#caching = one.bytes;
        this.#own.ask(node, PING, IGNORE);
        this.#over(one, reply, '');
      } else this.#accept(one, name, node, () => this.#over(one, reply, ''));
    });
  }

  #accept(one: ClusterCommand, name: string, node: number, done: () => void): void {
    const { setup } = this.#own;
    const { broadcasts, redirects, tracks } = setup;
    setup.accept(name, one.bytes);
    this.#caching = undefined;
    // Where messages come, and which connections there are, is settled when they are made.
    const isAnother = setup.redirects || redirects || setup.broadcasts !== broadcasts;
    if (isAnother) this.#own.restart();
    // What it has read on the old ones is not known to the new.
    if (isAnother && tracks) this.#own.flush();
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
