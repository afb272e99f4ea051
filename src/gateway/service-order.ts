/**
 * In which order a server served clients that waited: what can be told from their replies and from what was written.
 * Worker thread (slot owner). Cold: only when a write has served somebody.
 */
import { decodeLatin1 } from '../base/bytes.ts';
import type { Reply } from '../resp/reply.ts';

const BULK_STRING = 0x24;

/** What a client that waited has got. */
export interface Taken {
  /** The key that served it, one character per byte, as everywhere here. */
  readonly key: string;
  readonly elements: readonly string[];
}

export interface ServedClient {
  /** The keys it pops from. */
  readonly sourceKeys: readonly string[];
  /** The key that it fills with what it popped, if any. */
  readonly targetKey: string | undefined;
  /** The type of what it waits for: the group of its command. */
  readonly kind: string;
  /** It has waited for a key together with clients of another kind, on a server that then loses the order. */
  readonly isMixed: boolean;
  /** Undefined when its reply was an error, nil or too long to be kept. */
  readonly taken: Taken | undefined;
}

/** What the reply to a blocking pop or move says; undefined for errors, nil and replies of other commands. */
export function takenBy(sourceKeys: readonly string[], reply: Reply): Taken | undefined {
  if (reply.isNull) return undefined;
  // A move has one source, which its reply does not repeat.
  if (reply.type === BULK_STRING) return { key: sourceKeys[0], elements: [elementText(reply)] };
  const [key, popped] = reply.items;
  if (key?.type !== BULK_STRING || popped === undefined) return undefined;
  const elements = popped.type === BULK_STRING ? [popped] : popped.items;
  return { key: elementText(key), elements: elements.map(elementText) };
}

function elementText({ bytes, valueStart, valueEnd }: Reply): string {
  return decodeLatin1(bytes, valueStart, valueEnd);
}

/**
 * Clients served by a write to `written` keys, given in the order in which they began to wait. A server serves key by
 * key in the order in which they were filled, those that another client filled (BLMOVE) behind all others, and at each
 * key whoever has waited longest (valkey 8.0 handleClientsBlockedOnKeys). A written key may have been empty when its
 * turn came, so nobody goes before the clients that brought what it got.
 */
export function inOrderOfService<Client extends ServedClient>(
  served: readonly Client[],
  written: readonly string[],
): Client[] {
  const filled = written.slice();
  const ordered: Client[] = [];
  let left = served.slice();
  while (left.length > 0) {
    const next = nextServed(served, left, filled);
    ordered.push(next);
    left = left.filter((client) => client !== next);
    if (next.targetKey !== undefined) filled.push(next.targetKey);
  }
  return ordered;
}

/** The key that has served all of them, in an array; undefined where there are several, or one cannot be told. */
export function onlyKeyOf(takers: readonly ServedClient[]): readonly string[] | undefined {
  const key = takers[0]?.taken?.key;
  if (key === undefined || takers.some(({ taken }) => taken?.key !== key)) return undefined;
  return [key];
}

/**
 * Whether that order can be told, of clients that have all got something. Pops from several keys do not touch each
 * other; what moves elements does. `written` is undefined where it is not known which keys were filled first. Where
 * clients of several kinds wait for a key, Redis before 7.0 puts those that it passes over behind the others.
 */
export function isOrderKnown(
  served: readonly ServedClient[],
  written: readonly string[] | undefined,
): boolean {
  if (served.length < 2) return true;
  if (served.some(({ isMixed }) => isMixed)) return false;
  if (written !== undefined) return true;
  return served.every(({ targetKey }) => targetKey === undefined);
}

function nextServed<Client extends ServedClient>(
  served: readonly Client[],
  left: readonly Client[],
  filled: readonly string[],
): Client {
  const isNext = (client: Client): boolean =>
    !waitsForOthers(client, served, left) && !isBehind(client, left);
  let second: Client | undefined;
  for (const key of filled) {
    for (const client of left) {
      if (!mayHaveBeenServedBy(client, key)) continue;
      if (isNext(client)) return client;
      second ??= client;
    }
  }
  // Two that hand an element round wait for each other: the first key decides. Or what filled the key is not seen from
  // here, a script's write for one.
  return second ?? left.find(isNext) ?? left[0];
}

/** Somebody who has waited longer was served by the same key. */
function isBehind(client: ServedClient, left: readonly ServedClient[]): boolean {
  const key = client.taken?.key;
  return key !== undefined && left.find(({ taken }) => taken?.key === key) !== client;
}

function mayHaveBeenServedBy(client: ServedClient, key: string): boolean {
  return client.taken === undefined ? client.sourceKeys.includes(key) : client.taken.key === key;
}

/**
 * Whether all that the client got may have been brought by others who were served, one of whom is still left. Whoever
 * is not served when its key is looked at first has found it empty, and then there is nothing in it but what is
 * brought.
 */
function waitsForOthers(
  client: ServedClient,
  served: readonly ServedClient[],
  left: readonly ServedClient[],
): boolean {
  const { taken } = client;
  if (taken === undefined) return false;
  const movers = served.filter((other) => other !== client && other.targetKey === taken.key);
  const brought = movers.flatMap((other) => other.taken?.elements ?? []);
  for (const element of taken.elements) {
    const at = brought.indexOf(element);
    if (at < 0) return false;
    brought.splice(at, 1);
  }
  return movers.some(
    (other) => left.includes(other) && taken.elements.includes(other.taken?.elements[0] ?? ''),
  );
}
