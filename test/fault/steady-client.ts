/**
 * One client whose replies can be foretold: it has its keys to itself and sends nothing that depends on chance or time,
 * so that the same commands give the same replies on any server of the same release. What it hears while things break
 * is compared with what an untroubled server says.
 */
import { Mix } from '../support/load/mix.ts';
import { type FamilyShares, MixTable } from '../support/load/mix-table.ts';
import { decodeAll, showReply } from '../support/load/wire.ts';
import { RawClient } from '../support/raw-client.ts';

const shares: FamilyShares = {
  strings: 5,
  counters: 3,
  bits: 1,
  lists: 4,
  zsets: 4,
  transactions: 1,
  owner: 2,
};
/** Replies that chance decides. */
const random = new Set(['ZRANDMEMBER']);

export interface SteadyRun {
  /** Ends after the batch under way. */
  readonly stop: () => Promise<readonly string[]>;
}

/** Starts talking; each element of the result holds one batch of commands and its replies. */
export function startSteady(port: number, seed: number): SteadyRun {
  const state = { stopping: false };
  const lines = play(port, seed, () => state.stopping);
  // Seen again, and reported, by whoever calls stop.
  lines.catch(() => undefined);
  return {
    stop: () => {
      state.stopping = true;
      return lines;
    },
  };
}

/** The same commands again, as many batches. */
export function replaySteady(port: number, seed: number, batches: number): Promise<readonly string[]> {
  return play(port, seed, (done) => done >= batches);
}

async function play(
  port: number,
  seed: number,
  ended: (done: number) => boolean,
): Promise<readonly string[]> {
  const client = await RawClient.connect({ port });
  const table = new MixTable(shares);
  const mix = new Mix({ seed, clientIndex: 999, hotKeys: 60, prefix: 'steady:', wrongTypeShare: 0.01 });
  const batches: string[] = [];
  try {
    while (!ended(batches.length)) {
      mix.text = '';
      mix.expected = [];
      const depth = mix.between(1, 8);
      while (mix.expected.length < depth) table.next(mix);
      client.send(Buffer.from(mix.text, 'latin1'));
      const replies: string[] = [];
      let blurred = false;
      for (const expected of mix.expected) {
        const { bytes } = await client.readFrame();
        blurred ||= random.has(expected.name);
        const hidden = random.has(expected.name) || (blurred && expected.name === 'EXEC');
        const text = hidden ? '?' : decodeAll(bytes).map(showReply).join('');
        replies.push(`${expected.name} ${text}`);
      }
      batches.push(replies.join('\n'));
      // Leaves the machine to the others.
      await new Promise((resolve) => setTimeout(resolve, 2));
    }
    return batches;
  } finally {
    client.close();
  }
}
