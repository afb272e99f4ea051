/**
 * The old process's side while another takes over from it: gives it the listening sockets and then the clients, each
 * between two commands. Main thread. Cold: once per process. See docs/rolling-restart.md.
 *
 * Until the other process has said that it serves, nothing changes here. A client belongs to it when it has said so;
 * when it ends before everything has gone, this process goes on with what is left.
 */
import { closeSync } from 'node:fs';
import { within } from '../base/within.ts';
import { hasUsers } from '../config/own-users.ts';
import type { Config } from '../config/schema.ts';
import { VERSION } from '../config/version.ts';
import type { Logger } from '../telemetry/log.ts';
import type { WorkerMetrics } from '../telemetry/metrics.ts';
import { type Channel, ChannelListener } from '../transport/channel.ts';
import { HAND_OVER_PROTOCOL, type MovingClient, meetingPlace, type ToNew, type ToOld } from './hand-over.ts';
import { addressText, type Listening } from './listening.ts';
import { isEngine } from './settings.ts';
import { settleShadow } from './shadow-leftovers.ts';
import type { WorkerPeer } from './worker-peer.ts';

/** How long they wait at the most when the other process does not go on. */
const SERVING_MS = 10_000;
/** Clients that come until the other process serves may have so many ids. */
const SPARE_IDS = 1024;

/** Clients that are under way for longer wait for a process that hangs: an operator is told. */
const CONFIRMING_MS = 2000;

/** What clients may wait for so that commands of both processes reach the shadow in order. */
const QUIET_MS = 1000;

export interface GivenAdmin {
  readonly address: string;
  readonly descriptor: number;
  /** Another process listens there now. */
  leave(): void;
  /** It does not after all. */
  resume(): void;
}

export interface GiverParts {
  readonly peers: readonly WorkerPeer[];
  readonly metrics: readonly WorkerMetrics[];
  readonly listening: Listening;
  readonly config: () => Config;
  readonly logger: Logger;
  readonly lastClientId: () => number;
  /** Ends the process as a drain does. */
  readonly finish: () => void;
}

export const ENGINE_STAYS =
  'the data of the embedded engine are in the memory of its process: stop it, with a snapshot, and start the other';

export const USERS_STAY =
  'clients are users of the gateway itself (acl), and are not handed over with that: stop it, and start the other';

export class HandOverGiver {
  readonly #parts: GiverParts;
  #listener: ChannelListener | undefined = undefined;
  #admin: GivenAdmin | undefined = undefined;
  #channel: Channel | undefined = undefined;
  /** This process comes to its end, whatever becomes of the other. */
  isOver = false;
  /** The other process has the listening sockets, and will soon say that it serves. */
  #isGiven = false;
  #whenServing: (() => void)[] = [];
  /** The other process accepts clients. */
  #isMoving = false;
  #timer: NodeJS.Timeout | undefined = undefined;
  readonly #empty = new Set<number>();
  /** Sent, and not yet said to have come. */
  #underWay: MovingClient[] = [];
  /** Runs while some are. */
  #confirming: NodeJS.Timeout | undefined = undefined;
  #moved = 0;
  #whenSettled: (() => void)[] = [];

  constructor(parts: GiverParts) {
    this.#parts = parts;
  }

  /** Lets another process take over from this one from now on. */
  offer(admin: GivenAdmin): void {
    this.#admin = admin;
    try {
      this.#listener = new ChannelListener(meetingPlace(admin.address), (channel) => this.#accept(channel));
    } catch (error) {
      // It serves all the same.
      this.#parts.logger.warn('no other process can take over from this one', {
        reason: (error as Error).message,
      });
    }
  }

  /** Clients that a worker has let go. */
  moved(clients: readonly MovingClient[]): void {
    this.#underWay.push(...clients);
    this.#say(
      { type: 'clients', clients: clients.map(({ state }) => state) },
      clients.map(({ descriptor }) => descriptor),
    );
    this.#confirming ??= setTimeout(() => this.#tellHung(), CONFIRMING_MS);
  }

  /**
   * They are not taken back: it may yet read what it has been sent, and two processes must never read from one socket.
   * When it has ended, it cannot.
   */
  #tellHung(): void {
    this.#parts.logger.warn('the process that takes over does not say that clients are its own', {
      clients: this.#underWay.length,
      waitsMs: CONFIRMING_MS,
      whatToDo: 'kill it, and this one goes on with them',
    });
  }

  #confirmed(): void {
    clearTimeout(this.#confirming);
    this.#confirming =
      this.#underWay.length === 0 ? undefined : setTimeout(() => this.#tellHung(), CONFIRMING_MS);
  }

  /** A worker has no client any more. */
  empty(worker: number): void {
    this.#empty.add(worker);
    this.#endWhenDone();
  }

  /** Resolves when the other process serves, if it has the sockets for that, or is gone. */
  async serving(): Promise<void> {
    if (this.#isGiven) await new Promise<void>((resolve) => this.#whenServing.push(resolve));
  }

  /** Resolves when all clients that were let go belong to the other process. */
  async settled(): Promise<void> {
    if (this.#underWay.length === 0 || this.#channel === undefined) return;
    await new Promise<void>((resolve) => this.#whenSettled.push(resolve));
  }

  #accept(channel: Channel): void {
    if (this.#channel !== undefined) {
      channel.send({ type: 'refused', reason: 'another process is taking over already' } satisfies ToNew);
      channel.close();
      return;
    }
    this.#channel = channel;
    channel.events = {
      message: (message) => this.#hear(message as ToOld),
      ended: () => this.#ended(),
    };
  }

  #say(message: ToNew, descriptors: readonly number[] = []): void {
    this.#channel?.send(message, descriptors);
  }

  #hear(message: ToOld): void {
    switch (message.type) {
      case 'hello':
        this.#greet(message.protocol, message.version);
        return;
      case 'give-admin':
        this.#say({ type: 'admin' }, [this.#admin!.descriptor]);
        return;
      case 'give-listeners':
        void this.#giveListeners();
        return;
      case 'serving':
        this.#beginToMove();
        return;
      case 'taken':
        this.#moved += message.count;
        for (const { descriptor } of this.#underWay.splice(0, message.count)) closeSync(descriptor);
        this.#confirmed();
        this.#endWhenDone();
        return;
    }
  }

  #greet(protocol: number, version: string): void {
    const { config, listening, logger } = this.#parts;
    const reason = this.#objection(protocol, version);
    if (reason !== '') {
      logger.warn('another process cannot take over', { reason });
      this.#say({ type: 'refused', reason });
      return;
    }
    logger.info('another process is starting to take over', { version });
    const addresses = listening.addresses.map(addressText);
    this.#say({ type: 'welcome', protocol: HAND_OVER_PROTOCOL, version: VERSION, addresses });
    if (config().transport === 'node')
      logger.warn('connections of the node transport cannot move: clients will have to connect again');
  }

  /** Why it cannot be; '' where it can. */
  #objection(protocol: number, version: string): string {
    const { config, listening } = this.#parts;
    const { primary, shadow, acl } = config();
    if (protocol !== HAND_OVER_PROTOCOL)
      return `version ${VERSION} does not hand over to version ${version}: stop it first`;
    if (isEngine(primary.url) || isEngine(shadow.url)) return ENGINE_STAYS;
    if (hasUsers(acl)) return USERS_STAY;
    const stuck = listening.places.find(({ descriptors }) => descriptors.includes(-1));
    if (stuck === undefined) return '';
    return `${addressText(stuck.address)} cannot be handed over: its transport is not the native one`;
  }

  async #giveListeners(): Promise<void> {
    const { listening, config, lastClientId } = this.#parts;
    this.#isGiven = true;
    // The other process will soon listen there.
    this.#listener?.close();
    this.#listener = undefined;
    if (config().shadow.url !== null) await this.#quiet();
    for (const { address, descriptors } of listening.places)
      this.#say({ type: 'listener', address: addressText(address) }, descriptors);
    this.#say({ type: 'listeners-over', lastClientId: lastClientId() + SPARE_IDS });
  }

  /** What this process has for the shadow gets there before the other has anything. */
  async #quiet(): Promise<void> {
    const { peers, metrics } = this.#parts;
    const quiet = Promise.all(peers.map((peer) => peer.next('quiet')));
    for (const peer of peers) peer.tell({ type: 'move', step: 'quiet' });
    const deadlineMs = Date.now() + QUIET_MS;
    this.#timer = setTimeout(() => this.#stopMoving(), SERVING_MS);
    await within(quiet, QUIET_MS);
    await settleShadow(metrics, deadlineMs);
  }

  #beginToMove(): void {
    const { peers, listening, config, logger } = this.#parts;
    clearTimeout(this.#timer);
    this.#isMoving = true;
    this.#givenOver();
    listening.leave();
    this.#admin!.leave();
    for (const peer of peers) peer.tell({ type: 'move', step: 'go' });
    this.#timer = setTimeout(() => this.#end(), config().limits.drainTimeoutMs);
    logger.info('another process serves now, clients move there');
  }

  #endWhenDone(): void {
    if (this.#underWay.length > 0) return;
    for (const resolve of this.#whenSettled.splice(0)) resolve();
    if (this.#empty.size === this.#parts.peers.length) this.#end();
  }

  /** Who has not moved by now leaves. */
  #end(): void {
    clearTimeout(this.#timer);
    if (this.isOver) return;
    this.isOver = true;
    this.#parts.logger.info('clients have moved to another process', { clients: this.#moved });
    this.#parts.finish();
  }

  #ended(): void {
    this.#channel?.close();
    this.#channel = undefined;
    clearTimeout(this.#timer);
    clearTimeout(this.#confirming);
    this.#confirming = undefined;
    this.#givenOver();
    if (this.isOver) {
      // It has taken all that it will take.
      for (const resolve of this.#whenSettled.splice(0)) resolve();
      return;
    }
    this.#stopMoving();
    if (this.#isMoving) {
      this.#goOn().catch((error: unknown) => {
        // Clients who are connected are served all the same.
        this.#parts.logger.error('it cannot listen again', { error });
      });
      return;
    }
    this.#parts.logger.warn('the process that was to take over has ended, this one goes on');
    if (this.#listener === undefined) this.offer(this.#admin!);
  }

  #givenOver(): void {
    this.#isGiven = false;
    for (const resolve of this.#whenServing.splice(0)) resolve();
  }

  /** Clients that are left stay, and go on. */
  #stopMoving(): void {
    for (const peer of this.#parts.peers) peer.tell({ type: 'move', step: 'stop' });
  }

  /** The other process is gone: what it has not taken is here. */
  async #goOn(): Promise<void> {
    const { peers, listening, logger } = this.#parts;
    this.#isMoving = false;
    this.#empty.clear();
    logger.warn('the process that was taking over has ended, this one goes on', { moved: this.#moved });
    const clients = this.#underWay;
    this.#underWay = [];
    if (clients.length > 0) peers[0]!.tell({ type: 'adopt', clients });
    await listening.resume();
    this.#admin!.resume();
    this.offer(this.#admin!);
  }
}
