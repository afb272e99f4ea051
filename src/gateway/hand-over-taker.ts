/**
 * The new process's side while it takes over from another: `lockstep start --take-over`. Main thread. Cold: once per
 * process. See docs/rolling-restart.md.
 */
import { closeSync } from 'node:fs';
import { OperationalError } from '../base/errors.ts';
import { hasUsers } from '../config/own-users.ts';
import type { Config } from '../config/schema.ts';
import { VERSION } from '../config/version.ts';
import { loadAddon } from '../transport/addon.ts';
import { Channel } from '../transport/channel.ts';
import { HAND_OVER_PROTOCOL, type MovingClient, meetingPlace, type ToNew, type ToOld } from './hand-over.ts';
import { ENGINE_STAYS, USERS_STAY } from './hand-over-giver.ts';
import { isEngine } from './settings.ts';

export interface GivenListeners {
  readonly lastClientId: number;
  /** By address. */
  readonly descriptors: ReadonlyMap<string, readonly number[]>;
}

export class TakeOver {
  readonly #channel: Channel;
  /** What the other process listens on. */
  readonly addresses: ReadonlySet<string>;
  readonly #messages: [ToNew, readonly number[]][] = [];
  #isEnded = false;
  #wake: (() => void) | undefined = undefined;
  #adopt: ((clients: readonly MovingClient[]) => void) | undefined = undefined;

  /**
   * Undefined: there is nobody to take over from. Throws OperationalError('take_over_failed') where there is somebody
   * and it cannot be.
   */
  static async find(config: Config): Promise<TakeOver | undefined> {
    const { addon, reason } = loadAddon();
    if (addon === undefined) throw failed(`--take-over: ${reason}`);
    let channel: Channel | undefined;
    try {
      channel = Channel.connect(meetingPlace(config.admin.listen));
    } catch (error) {
      if (error instanceof OperationalError) throw error;
      throw failed(`the other process cannot be spoken to: ${(error as Error).message}`);
    }
    if (channel === undefined) return undefined;
    const takeOver = new TakeOver(channel);
    const welcome = await takeOver.#greet();
    if (isEngine(config.primary.url) || isEngine(config.shadow.url)) throw failed(ENGINE_STAYS);
    if (hasUsers(config.acl)) throw failed(USERS_STAY);
    for (const address of welcome.addresses) (takeOver.addresses as Set<string>).add(address);
    return takeOver;
  }

  private constructor(channel: Channel) {
    this.#channel = channel;
    this.addresses = new Set();
    channel.events = {
      message: (message, descriptors) => this.#hear(message as ToNew, descriptors),
      ended: () => {
        this.#isEnded = true;
        this.#wake?.();
      },
    };
  }

  /** The socket of `admin.listen`; undefined where the other process is gone by now. */
  async adminDescriptor(): Promise<number | undefined> {
    this.#say({ type: 'give-admin' });
    const [, descriptors] = (await this.#next()) ?? [];
    return descriptors?.[0];
  }

  /** From now on new clients wait until `serve`. Undefined where the other process is gone by now. */
  async listeners(): Promise<GivenListeners | undefined> {
    this.#say({ type: 'give-listeners' });
    const descriptors = new Map<string, readonly number[]>();
    for (let next = await this.#next(); next !== undefined; next = await this.#next()) {
      const [message, given] = next;
      if (message.type === 'listener') descriptors.set(message.address, given);
      else if (message.type === 'listeners-over') return { lastClientId: message.lastClientId, descriptors };
    }
    for (const given of descriptors.values()) given.forEach(closeSync);
    return undefined;
  }

  /** Its listeners are ours. `adopt` gets its clients, and their descriptors. */
  serve(adopt: (clients: readonly MovingClient[]) => void): void {
    this.#adopt = adopt;
    this.#say({ type: 'serving' });
  }

  /** The other process goes on with what it has not given. */
  close(): void {
    this.#channel.close();
  }

  async #greet(): Promise<Extract<ToNew, { type: 'welcome' }>> {
    this.#say({ type: 'hello', protocol: HAND_OVER_PROTOCOL, version: VERSION });
    const [answer] = (await this.#next()) ?? [];
    if (answer?.type === 'welcome') return answer;
    const reason = answer?.type === 'refused' ? answer.reason : 'it does not answer';
    throw failed(`the other process goes on serving: ${reason}`);
  }

  #say(message: ToOld): void {
    this.#channel.send(message);
  }

  #hear(message: ToNew, descriptors: readonly number[]): void {
    if (message.type !== 'clients') {
      this.#messages.push([message, descriptors]);
      this.#wake?.();
      return;
    }
    // Said first: what has not been said is not ours when this process ends now.
    this.#say({ type: 'taken', count: message.clients.length });
    this.#adopt?.(message.clients.map((state, at) => ({ state, descriptor: descriptors[at]! })));
  }

  /** Undefined: there will be no more. */
  async #next(): Promise<[ToNew, readonly number[]] | undefined> {
    while (this.#messages.length === 0 && !this.#isEnded) {
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
    }
    return this.#messages.shift();
  }
}

function failed(message: string): OperationalError {
  return new OperationalError('take_over_failed', message);
}
