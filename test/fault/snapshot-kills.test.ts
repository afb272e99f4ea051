/**
 * The process is killed while it saves: the last complete snapshot always loads, and is of one moment. As often as
 * LOCKSTEP_TEST_KILLS says.
 */
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, expect, it } from 'vitest';
import { createRandom } from '../../src/base/random.ts';
import { removeFolder, temporaryFolder } from '../support/cleanup.ts';
import { startGateway } from '../support/gateway.ts';
import type { RawClient } from '../support/raw-client.ts';
import { testSeed } from '../support/seed.ts';

const kills = Number(process.env.LOCKSTEP_TEST_KILLS ?? 2);
const KEYS = 4000;
/** No text repeats itself, so that the file is large enough to be killed in. */
const PADDING = Array.from({ length: 60 }, (_, at) => ((at + 7) ** 5).toString(36)).join('');

const folder = temporaryFolder('snapshot-kills');
afterAll(() => removeFolder(folder));

/** Gives all keys the value of a generation, at once. */
async function write(client: RawClient, generation: number): Promise<void> {
  const pairs = Array.from({ length: KEYS }, (_, at) => [`k${at}`, `${generation} ${at} ${PADDING}`]).flat();
  expect(await client.call('MSET', ...pairs)).toBe('OK');
}

/** The generation of all keys; they must be of one. */
async function generationOf(client: RawClient): Promise<number> {
  expect(await client.call('DBSIZE')).toBe(KEYS);
  const values = (await client.call(
    'MGET',
    ...Array.from({ length: KEYS }, (_, at) => `k${at}`),
  )) as string[];
  const generations = new Set(values.map((value) => value.split(' ')[0]));
  expect([...generations]).toHaveLength(1);
  expect(values.every((value, at) => value.endsWith(` ${at} ${PADDING}`))).toBe(true);
  return Number([...generations][0]);
}

it('a kill while a snapshot is saved leaves a whole one', { timeout: 3600_000 }, async () => {
  const random = createRandom(testSeed('snapshot kills'));
  const path = join(folder, 'dump.rdb');
  let generation = 0;
  let torn = 0;
  for (let round = 0; round <= kills; round++) {
    const gateway = await startGateway({ config: { engine: { arenaBytes: '64mb', snapshot: { path } } } });
    const client = await gateway.client();
    client.timeoutMs = 60_000;
    if (round > 0) {
      const found = await generationOf(client);
      expect([generation - 1, generation]).toContain(found);
      if (found < generation) torn += 1;
    } else {
      await write(client, 1);
      expect(await client.call('SAVE')).toBe('OK');
      generation = 1;
    }
    // What was torn off does not count.
    generation = round === 0 ? 1 : await generationOf(client);
    generation += 1;
    await write(client, generation);
    expect(await client.call('BGSAVE')).toBe('Background saving started');
    // Any moment will do: most are in the middle of saving.
    await sleep(random.integer(40));
    await gateway.kill();
    client.close();
  }
  console.log(`[kills] ${kills} kills, ${torn} of them before the file had its name`);
});
