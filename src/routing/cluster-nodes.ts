/**
 * Reads CLUSTER NODES as the node that answered it sees itself: what it owns, and what it is giving away. Any thread.
 * Cold: once or twice for each SCAN. Format as in redis 7.0 `clusterGenNodeDescription` and valkey 9.1 the same.
 */
import { SLOT_COUNT } from '../base/slot.ts';

export interface NodeAddress {
  readonly host: string;
  readonly port: number;
}

/** The node that was asked. */
export interface OwnView {
  readonly id: string;
  readonly isPrimary: boolean;
  readonly epoch: number;
  /** By slot: 1 where it is the owner. */
  readonly owned: Uint8Array;
  /** Slots whose keys are on their way to another node, and that node's id. */
  readonly leaving: ReadonlyMap<number, string>;
  /** Addresses of all nodes by id. An empty host is that of the node itself. */
  readonly addresses: ReadonlyMap<string, NodeAddress>;
}

const LEAVING = /^\[(\d+)->-([^\]]+)\]$/;
const RANGE = /^(\d+)(?:-(\d+))?$/;

/** Undefined when the text is not what CLUSTER NODES says. */
export function readOwnView(text: string): OwnView | undefined {
  const addresses = new Map<string, NodeAddress>();
  let mine: readonly string[] | undefined;
  for (const line of text.split('\n')) {
    const words = line.trim().split(' ');
    if (words.length < 8) continue;
    addresses.set(words[0], readAddress(words[1]));
    if (words[2].split(',').includes('myself')) mine = words;
  }
  if (mine === undefined) return undefined;
  const [id, , flags, , , , epoch] = mine;
  const owned = new Uint8Array(SLOT_COUNT);
  const leaving = new Map<number, string>();
  for (const word of mine.slice(8)) readSlots(word, owned, leaving);
  return {
    id,
    isPrimary: flags.split(',').includes('master'),
    epoch: Number(epoch),
    owned,
    leaving,
    addresses,
  };
}

/** `host:port@busport,hostname,…`. IPv6 hosts have no brackets. */
function readAddress(text: string): NodeAddress {
  const [address = ''] = text.split('@');
  const colon = address.lastIndexOf(':');
  return { host: address.slice(0, colon), port: Number(address.slice(colon + 1)) };
}

function readSlots(word: string, owned: Uint8Array, leaving: Map<number, string>): void {
  const range = RANGE.exec(word);
  if (range !== null) {
    const first = Number(range[1]);
    owned.fill(1, first, Number(range[2] ?? first) + 1);
    return;
  }
  const move = LEAVING.exec(word);
  if (move !== null) leaving.set(Number(move[1]), move[2]);
}
