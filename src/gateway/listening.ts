/** The addresses that all workers listen on. Main thread. Cold: at start, and when one process follows another. */
import { closeSync } from 'node:fs';
import { formatAddress, type SocketAddress } from '../config/address.ts';
import type { Config } from '../config/schema.ts';
import type { Logger } from '../telemetry/log.ts';
import { duplicate } from '../transport/channel.ts';
import { transportAvailability } from '../transport/create.ts';
import type { Address } from '../transport/transport.ts';
import type { ListenPlace } from './control.ts';
import { probeAddresses } from './listen-checks.ts';
import { listenAddresses } from './settings.ts';
import type { WorkerPeer } from './worker-peer.ts';

/** One address and its sockets; -1 for one that cannot go to another process. */
export interface ListeningPlace extends ListenPlace {
  readonly descriptors: readonly number[];
}

export function addressText(address: Address): string {
  return formatAddress(address as SocketAddress);
}

export class Listening {
  readonly #peers: readonly WorkerPeer[];
  readonly #wanted: readonly ListenPlace[];
  readonly #logger: Logger;
  /** In the order of `config.listen`. */
  places: readonly ListeningPlace[] = [];
  /** Other descriptors of the sockets, kept while another process takes over. */
  #kept: readonly ListeningPlace[] = [];

  constructor(peers: readonly WorkerPeer[], config: Config, logger: Logger) {
    this.#peers = peers;
    this.#wanted = listenAddresses(config).map((address, index) => ({ index, address }));
    this.#logger = logger;
  }

  get addresses(): readonly Address[] {
    return this.places.map(({ address }) => address);
  }

  /** Binds what is wanted but for `others`, which another process has. The first worker finds the ports. */
  async bind(others: ReadonlySet<string>): Promise<void> {
    const listening = new Set(this.places.map(({ index }) => index));
    let places = this.#wanted.filter(
      ({ index, address }) => !listening.has(index) && !others.has(addressText(address)),
    );
    await probeAddresses(places);
    const { canReusePort } = transportAvailability();
    if (!canReusePort && this.#peers.length > 1)
      this.#logger.warn('only one worker can listen: without the native transport, ports cannot be shared');
    for (const [at, peer] of this.#peers.entries()) {
      // A unix socket has one listener, and so has a port that cannot be shared.
      await this.#tell(
        peer,
        places.filter(({ address }) => at === 0 || (address.kind === 'tcp' && canReusePort)),
      );
      places = places.map((place) => this.places.find(({ index }) => index === place.index) ?? place);
    }
  }

  /** Listens on the sockets of another process, by address; what is not wanted any more is closed. */
  async inherit(given: ReadonlyMap<string, readonly number[]>): Promise<void> {
    const texts = this.#wanted.map(({ address }) => addressText(address));
    for (const [text, descriptors] of given) if (!texts.includes(text)) descriptors.forEach(closeSync);
    await this.#listenOn(
      this.#wanted.flatMap((place) => {
        const descriptors = given.get(addressText(place.address));
        return descriptors === undefined ? [] : [{ ...place, descriptors }];
      }),
    );
  }

  /** Another process accepts clients now. What is needed to take that back is kept. */
  leave(): void {
    this.#kept = this.places.map((place) => ({ ...place, descriptors: place.descriptors.map(duplicate) }));
    this.places = [];
    for (const peer of this.#peers) peer.tell({ type: 'leave' });
  }

  /** It does not after all. */
  async resume(): Promise<void> {
    const kept = this.#kept;
    this.#kept = [];
    await this.#listenOn(kept);
  }

  /** Every worker gets at least one socket of each port, be it one that it shares with another. */
  async #listenOn(places: readonly ListeningPlace[]): Promise<void> {
    const count = this.#peers.length;
    for (const [at, peer] of this.#peers.entries()) {
      const mine = places.flatMap(({ index, address, descriptors }) => {
        const own = descriptors.filter((_descriptor, order) => order % count === at);
        if (own.length === 0 && address.kind === 'tcp')
          own.push(duplicate(descriptors[at % descriptors.length]));
        return own.map((descriptor) => ({ index, address, descriptor }));
      });
      await this.#tell(peer, mine);
    }
  }

  async #tell(peer: WorkerPeer, places: readonly ListenPlace[]): Promise<void> {
    const listening = peer.next('listening');
    peer.tell({ type: 'listen', places });
    const byIndex = new Map(this.places.map((place) => [place.index, place]));
    for (const { index, address, descriptor } of (await listening).bound) {
      const descriptors = byIndex.get(index)?.descriptors ?? [];
      byIndex.set(index, { index, address, descriptors: [...descriptors, descriptor] });
    }
    this.places = [...byIndex.values()].sort((one, other) => one.index - other.index);
  }
}
