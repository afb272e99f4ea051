import fc from 'fast-check';
import { beforeEach, describe, expect, it } from 'vitest';
import {
  CONTROL_COUNT,
  CONTROL_IN_BATCH,
  CONTROL_USED,
  OPERATION_PAUSE,
  OPERATION_SHUTDOWN,
  OUTPUT_BYTES,
  OUTPUT_WORDS,
  OutputTable,
} from '../../../src/transport/output.ts';
import { testSeed } from '../../support/seed.ts';

const INPUT_BYTES = 24;
const CONNECTIONS = 3;

/** What the addon would send to one connection: bytes, and operations as negative numbers between them. */
type Stream = number[];

function filled(bytes: Uint8Array, seed: number): void {
  for (let at = 0; at < bytes.length; at++) bytes[at] = (at * 37 + seed * 101) & 255;
}

/** Reads the table as native/connections.c does. */
function sent(): Stream[] {
  const streams: Stream[] = Array.from({ length: CONNECTIONS }, () => []);
  for (let entry = 0; entry < (table.control[CONTROL_COUNT] ?? 0); entry++) {
    const [connection = -1, offset = 0, length = 0] = table.entries.slice(
      entry * OUTPUT_WORDS,
      (entry + 1) * OUTPUT_WORDS,
    );
    const stream = streams[connection] as Stream;
    if (length < 0) stream.push(length);
    else {
      const [source, from] = offset < 0 ? [input, ~offset] : [table.bytes, offset];
      for (let at = from; at < from + length; at++) stream.push(source[at] as number);
    }
  }
  return streams;
}

const table = new OutputTable(new Uint8Array(INPUT_BYTES));
const input = table.input as Uint8Array;
const own = new Uint8Array(INPUT_BYTES);
filled(own, 2);

/** Empty, with input that may be referred to. */
function startBatch(): void {
  table.clear();
  filled(input, 1);
  table.control[CONTROL_IN_BATCH] = 1;
}

beforeEach(startBatch);

const connection = fc.integer({ min: 0, max: CONNECTIONS - 1 });
const span = fc
  .tuple(fc.integer({ min: 0, max: INPUT_BYTES - 1 }), fc.integer({ min: 1, max: INPUT_BYTES }))
  .map(([start, length]) => ({ start, end: Math.min(start + length, INPUT_BYTES) }));
/** Input that goes on where the last piece ended, whoever got it, is what a pipeline looks like. */
const step = fc.oneof(
  { weight: 3, arbitrary: fc.record({ kind: fc.constant('own' as const), connection, span }) },
  { weight: 3, arbitrary: fc.record({ kind: fc.constant('passed' as const), connection, span }) },
  {
    weight: 3,
    arbitrary: fc.record({
      kind: fc.constant('next' as const),
      connection,
      length: fc.integer({ min: 1, max: 5 }),
    }),
  },
  {
    weight: 1,
    arbitrary: fc.record({
      kind: fc.constant('operation' as const),
      connection,
      operation: fc.constantFrom(OPERATION_SHUTDOWN, OPERATION_PAUSE),
    }),
  },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('batch' as const), inBatch: fc.boolean() }) },
);

describe('the output table', () => {
  it('sends every piece, wherever it lies, in order', () => {
    const run = fc.property(fc.array(step, { minLength: 1, maxLength: 40 }), (steps) => {
      startBatch();
      let expected: Stream[] = Array.from({ length: CONNECTIONS }, () => []);
      let [next, batches] = [0, 1];
      const give = (to: number, source: Uint8Array, start: number, end: number): void => {
        if (!table.append(to, source, start, end)) throw new Error('no room');
        (expected[to] as Stream).push(...source.slice(start, end));
        if (source === input) next = end;
      };
      for (const one of steps) {
        if (one.kind === 'own') give(one.connection, own, one.span.start, one.span.end);
        else if (one.kind === 'passed') give(one.connection, input, one.span.start, one.span.end);
        else if (one.kind === 'next') {
          const start = next >= INPUT_BYTES ? 0 : next;
          give(one.connection, input, start, Math.min(start + one.length, INPUT_BYTES));
        } else if (one.kind === 'operation') {
          table.appendOperation(one.connection, one.operation);
          (expected[one.connection] as Stream).push(one.operation);
        } else {
          // A batch ends: its output leaves, and the next one is read to the same place.
          expect(sent().join(';')).toBe(expected.join(';'));
          table.clear();
          expected = expected.map(() => []);
          filled(input, ++batches);
          table.control[CONTROL_IN_BATCH] = one.inBatch ? 1 : 0;
        }
      }
      expect(sent().join(';')).toBe(expected.join(';'));
    });
    fc.assert(run, { seed: testSeed('output table'), numRuns: 1000 });
  });

  it('does not take what lies in its buffer for a piece of the input, whatever the offsets', () => {
    for (let before = 0; before < INPUT_BYTES; before++) {
      for (let length = 1; length <= INPUT_BYTES; length++) {
        for (let start = 0; start < INPUT_BYTES; start++) {
          startBatch();
          // `length` bytes at the offset `before` of the buffer, then one of the input, which may look like the next.
          if (before > 0) table.append(1, own, 0, before);
          table.append(0, own, 0, length);
          table.append(0, input, start, start + 1);
          table.append(0, own, 0, 1);
          const whole = [...own.slice(0, length), input[start], own[0]];
          if (`${sent()[0]}` !== `${whole}`) throw new Error(`offsets ${before}, ${length}, ${start}`);
        }
      }
    }
  });

  it('makes one entry of pieces of the input that lie together, and copies nothing', () => {
    for (let at = 0; at < 20; at += 4) table.append(2, input, at, at + 4);
    expect(table.control[CONTROL_COUNT]).toBe(1);
    expect(table.control[CONTROL_USED]).toBe(0);
    expect(sent()[2]).toEqual([...input.slice(0, 20)]);
  });

  it('copies what is input no longer', () => {
    table.control[CONTROL_IN_BATCH] = 0;
    table.append(0, input, 3, 9);
    const expected = [...input.slice(3, 9)];
    filled(input, 7);
    expect(sent()[0]).toEqual(expected);
  });

  it('refuses what has no room, and leaves what is there as it is', () => {
    const large = new Uint8Array(OUTPUT_BYTES);
    expect(table.append(0, large, 1, large.length)).toBe(true);
    expect(table.append(1, large, 0, 2)).toBe(false);
    expect(table.append(1, large, 0, 1)).toBe(true);
    expect(table.append(1, input, 0, INPUT_BYTES)).toBe(true);
    let entries = table.control[CONTROL_COUNT] ?? 0;
    while (table.append(entries % CONNECTIONS, input, 0, 1)) entries++;
    expect(entries * OUTPUT_WORDS).toBe(table.entries.length);
    expect(table.appendOperation(0, OPERATION_PAUSE)).toBe(false);
    // What goes on where the last piece ends needs no entry.
    expect(table.append((entries - 1) % CONNECTIONS, input, 1, 2)).toBe(true);
    expect([...table.entries.slice(0, 9)]).toEqual([
      0,
      0,
      OUTPUT_BYTES - 1,
      1,
      OUTPUT_BYTES - 1,
      1,
      1,
      ~0,
      INPUT_BYTES,
    ]);
  });
});
