import fc from 'fast-check';
import { afterEach, describe, expect, it } from 'vitest';
import { testSeed } from '../../support/seed.ts';
import { Bench, cleanUp, kinds, type Recorder, rawClient, readRaw } from './harness.ts';

const TARGETS = 3;
const LONG_BYTES = 20 * 1024 * 1024;

afterEach(cleanUp);

/** Bytes that tell where they are. */
function pattern(length: number, seed: number): Buffer {
  const bytes = Buffer.alloc(length);
  for (let index = 0; index < length; index++) bytes[index] = (index * 31 + (index >> 8) * 7 + seed) & 255;
  return bytes;
}

/** A source and targets at the far end of one transport; `accepted` are the near ends, the source's last. */
async function arrange(
  bench: Bench,
): Promise<{ source: Recorder; targets: Recorder[]; accepted: Recorder[] }> {
  const { address } = await bench.listen();
  const far: Recorder[] = [];
  for (let index = 0; index <= TARGETS; index++) {
    far.push(bench.connect(address));
    await bench.until(() => bench.accepted.length > index);
  }
  return { source: far.at(-1) as Recorder, targets: far.slice(0, TARGETS), accepted: bench.accepted };
}

const piece = fc.record({
  target: fc.integer({ min: 0, max: TARGETS - 1 }),
  /** How far on from the end of the last piece of the input, or a piece of bytes that lie elsewhere. */
  skip: fc.oneof(fc.constant(0), fc.integer({ min: -8, max: 8 }), fc.constant(undefined)),
  length: fc.integer({ min: 1, max: 12 }),
  isFlushed: fc.integer({ min: 0, max: 9 }).map((one) => one === 0),
});

describe.each(kinds)('%s transport: passing on', (kind) => {
  it('sends pieces of what came, and others between them, in order', async () => {
    const bench = new Bench(kind);
    const { source, targets, accepted } = await arrange(bench);
    const near = accepted.at(-1) as Recorder;
    const own = pattern(256, 77);
    const script = fc.array(piece, { minLength: 1, maxLength: 60 });
    const property = fc.asyncProperty(script, fc.integer({ min: 1, max: 255 }), async (pieces, seed) => {
      const expected = targets.map((): number[] => []);
      for (const target of targets) {
        target.chunks = [];
        target.received = 0;
      }
      near.onData = (bytes, start, end) => {
        let last = start;
        for (const { target, skip, length, isFlushed } of pieces) {
          const isOwn = skip === undefined;
          const low = isOwn ? 0 : start;
          const high = isOwn ? own.length : end;
          const from = Math.min(Math.max(isOwn ? length : last + skip, low), high - 1);
          const to = Math.min(from + length, high);
          const taken = isOwn ? own : bytes;
          bench.transport.write((accepted[target] as Recorder).id, taken, from, to);
          (expected[target] as number[]).push(...taken.slice(from, to));
          if (!isOwn) last = to;
          if (isFlushed) bench.transport.flush();
        }
      };
      source.send(pattern(48, seed).toString('latin1'));
      const isThere = (target: Recorder, index: number): boolean =>
        near.onData !== undefined && target.received === expected[index]?.length;
      await near.until(() => expected.some((bytes) => bytes.length > 0));
      await Promise.all(targets.map((target, index) => target.until(() => isThere(target, index))));
      for (const [index, target] of targets.entries()) {
        expect([...Buffer.concat(target.chunks)]).toEqual(expected[index]);
      }
    });
    await fc.assert(property, { seed: testSeed(`passed on, ${kind}`), numRuns: 100 });
  });

  it('keeps what a slow reader has not taken while its memory is read over and its source goes away', async () => {
    const bench = new Bench(kind);
    const { address } = await bench.listen();
    const slow = await rawClient(address);
    slow.pause();
    const target = await bench.nextAccepted();
    const source = await rawClient(address);
    const near = await bench.nextAccepted(1);
    near.keepsData = false;
    near.onData = (bytes, start, end) => bench.transport.write(target.id, bytes, start, end);
    near.onEnded = () => bench.transport.close(near.id, 1000);
    const first = pattern(LONG_BYTES, 1);
    source.end(first);
    await near.untilClosed();
    expect(bench.transport.pendingBytes(target.id)).toBeGreaterThan(0);
    // Others read to the same memory meanwhile.
    const other = await rawClient(address);
    const busy = await bench.nextAccepted(2);
    busy.keepsData = false;
    other.write(pattern(1020 * 1024, 2));
    await busy.until(() => busy.received === 1020 * 1024);
    bench.transport.close(target.id, 600_000);
    const got = await readRaw(slow, LONG_BYTES + 1);
    expect(got.length).toBe(LONG_BYTES);
    expect(got.equals(first)).toBe(true);
  });
});
