/**
 * The cluster that a listener announces to its clients: gateways as nodes, and which slots each is said to have. Any
 * gateway serves every slot; the map tells clients how to spread. Worker thread. Pure. It must not know sessions. Cold:
 * once per listener, or per question.
 */
import { createHash } from 'node:crypto';
import { SLOT_COUNT } from '../base/slot.ts';
import { formatAddress } from '../config/address.ts';

export interface AnnouncedAddress {
  readonly host: string;
  readonly port: number;
}

export interface AnnouncedNode extends AnnouncedAddress {
  /** The same for every gateway that announces this address. */
  readonly id: string;
  /** Its primary's id where it is announced as a replica, else its own. */
  readonly primaryId: string;
  readonly isSelf: boolean;
  /** `[first, last]`, or undefined for a replica. */
  readonly slots: readonly [number, number] | undefined;
}

/**
 * - `split`: every gateway is a primary with an equal share of the slots, in the order of their addresses, so that all
 *   that announce the same addresses announce the same map.
 * - `all`: this gateway has all slots, and the others are its replicas.
 */
export type SlotPlan = 'split' | 'all';

/** In the order of their slots. Cold: once per listener or connection. */
export function announcedNodes(
  self: AnnouncedAddress,
  peers: readonly AnnouncedAddress[],
  plan: SlotPlan,
): readonly AnnouncedNode[] {
  if (plan === 'all') {
    const primaryId = idOf(self);
    const primary = { ...self, id: primaryId, primaryId, isSelf: true, slots: [0, SLOT_COUNT - 1] } as const;
    return [primary, ...peers.map((peer) => replica(peer, primaryId))];
  }
  const sorted = [self, ...peers].sort((left, right) => compare(addressText(left), addressText(right)));
  const startOf = (place: number): number => Math.floor((place * SLOT_COUNT) / sorted.length);
  return sorted.map((address, place) => {
    const id = idOf(address);
    const slots = [startOf(place), startOf(place + 1) - 1] as const;
    return { ...address, id, primaryId: id, isSelf: address === self, slots };
  });
}

function replica(address: AnnouncedAddress, primaryId: string): AnnouncedNode {
  return { ...address, id: idOf(address), primaryId, isSelf: false, slots: undefined };
}

function addressText({ host, port }: AnnouncedAddress): string {
  return formatAddress({ kind: 'tcp', host, port });
}

function compare(left: string, right: string): number {
  if (left === right) return 0;
  return left < right ? -1 : 1;
}

/** Forty hexadecimal digits, as servers have them. */
function idOf(address: AnnouncedAddress): string {
  return hexOf(`lockstep ${addressText(address)}`);
}

/** Of the shard of a primary. */
export function shardIdOf(primaryId: string): string {
  return hexOf(`lockstep shard ${primaryId}`);
}

function hexOf(text: string): string {
  return createHash('sha1').update(text).digest('hex');
}
