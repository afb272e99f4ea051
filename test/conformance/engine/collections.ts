/** What the cases of sets, hashes and sorted sets share: reading all pages of a SCAN, and whether chance is fair. */
import type { RawArgument } from '../../support/raw-client.ts';
import type { ConformanceCase, Peer, Transcript } from '../transcript.ts';

/** All elements of a SCAN, with something done between the pages. */
export async function allPages(
  peer: Peer,
  command: readonly RawArgument[],
  between: (page: number) => Promise<void>,
): Promise<string[]> {
  const seen: string[] = [];
  let cursor = '0';
  let page = 0;
  do {
    const [next, elements] = (await peer.quiet(...command, cursor, 'COUNT', '20')) as [string, string[]];
    seen.push(...elements);
    cursor = next;
    await between(page);
    page += 1;
  } while (cursor !== '0');
  return seen;
}

/**
 * Draws again and again, and notes how many elements there were and whether each came about as often as any other: chi
 * squared below the value that chance exceeds once in 10^8 runs with these nine degrees of freedom.
 */
export async function countDraws(
  transcript: Transcript,
  peer: Peer,
  command: readonly RawArgument[],
  rounds: number,
  restore?: readonly RawArgument[],
): Promise<void> {
  const counts = new Map<string, number>();
  let total = 0;
  for (let round = 0; round < rounds; round++) {
    const drawn = (await peer.quiet(...command)) as string[];
    for (const element of drawn) counts.set(element, (counts.get(element) ?? 0) + 1);
    total += drawn.length;
    if (restore !== undefined) await peer.quiet(...restore);
  }
  const expected = total / counts.size;
  let chi = 0;
  for (const count of counts.values()) chi += (count - expected) ** 2 / expected;
  transcript.note(`${command.join(' ')}: ${counts.size} elements, ${chi < 60 ? 'fair' : `unfair: ${chi}`}`);
}

/** A case of sorted sets in both protocols, with small sets and with large ones. */
export function everyForm(name: string, build: string, commands: readonly string[]): ConformanceCase {
  return {
    name: `sorted sets: ${name}`,
    play: async (t) => {
      const peer = await t.connect();
      for (const protocol of ['2', '3']) {
        for (const entries of ['128', '0']) {
          await peer.quiet('CONFIG', 'SET', 'zset-max-listpack-entries', entries);
          await peer.quiet('FLUSHALL');
          await peer.quiet('HELLO', protocol);
          for (const line of build.split(';')) await peer.quiet(...line.trim().split(' '));
          await peer.calls(commands);
        }
      }
      await peer.quiet('CONFIG', 'SET', 'zset-max-listpack-entries', '128');
    },
  };
}
