/** Replies against hostile bytes. `LOCKSTEP_FUZZ_RUNS` raises the number of runs. */
import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { createRandom } from '../../src/base/random.ts';
import { decodeReply, formatReply, type Reply } from '../../src/resp/reply.ts';
import { ReplyScanner } from '../../src/resp/scan-reply.ts';
import { testSeed } from '../support/seed.ts';
import { bytesOf, readReplies, splittings, textOf } from '../unit/resp/reading.ts';
import { fuzzRuns, mutated } from './resp-mutations.ts';

const seed = testSeed('resp-replies');

/** Wire text of a value, and what it decodes to. */
interface Generated {
  readonly wire: string;
  readonly meaning: unknown;
}

const payload = fc.string({
  unit: fc.constantFrom('a', 'b', '\r', '\n', '*', '$', ';', '.', '\0', '\xff'),
  maxLength: 12,
});
const line = fc.string({ unit: fc.constantFrom('a', 'B', ' ', '1', '-', '\xe9'), maxLength: 8 });

function text(type: string): fc.Arbitrary<Generated> {
  return payload.map((value) => ({ wire: `${type}${value.length}\r\n${value}\r\n`, meaning: value }));
}

function simple(type: string): fc.Arbitrary<Generated> {
  return line.map((value) => ({ wire: `${type}${value}\r\n`, meaning: value }));
}

const streamedText = fc
  .array(
    payload.filter((piece) => piece.length > 0),
    { maxLength: 3 },
  )
  .map((pieces) => ({
    wire: `$?\r\n${pieces.map((piece) => `;${piece.length}\r\n${piece}\r\n`).join('')};0\r\n`,
    meaning: pieces.join(''),
  }));

const verbatim = payload.map((value) => ({
  wire: `=${value.length + 4}\r\ntxt:${value}\r\n`,
  meaning: value,
}));
const nulls = fc.constantFrom('_\r\n', '$-1\r\n', '*-1\r\n').map((wire) => ({ wire, meaning: null }));

function aggregate(items: readonly Generated[], type: string, isStreamed: boolean): Generated {
  const wires = items.map((item) => item.wire).join('');
  const count = type === '%' || type === '|' ? items.length / 2 : items.length;
  const wire = isStreamed ? `${type}?\r\n${wires}.\r\n` : `${type}${count}\r\n${wires}`;
  return { wire, meaning: items.map((item) => item.meaning) };
}

const { value } = fc.letrec<{ value: Generated; plain: Generated }>((tie) => {
  const elements = fc.array(tie('value'), { maxLength: 4 });
  const pairs = fc.array(fc.tuple(tie('value'), tie('value')), { maxLength: 3 }).map((list) => list.flat());
  const plain = fc.oneof(
    { depthSize: 'small', withCrossShrink: true },
    fc.oneof(
      nulls,
      text('$'),
      text('!'),
      verbatim,
      streamedText,
      ...['+', '-', ':', ',', '#', '('].map(simple),
    ),
    fc.tuple(elements, fc.constantFrom('*', '~'), fc.boolean()).map((parts) => aggregate(...parts)),
    fc.tuple(pairs, fc.boolean()).map(([items, isStreamed]) => aggregate(items, '%', isStreamed)),
  );
  const withAttribute = fc.tuple(pairs, tie('plain')).map(([items, reply]) => ({
    wire: aggregate(items, '|', false).wire + reply.wire,
    meaning: reply.meaning,
  }));
  return {
    plain,
    value: fc.oneof({ weight: 5, arbitrary: tie('plain') }, { weight: 1, arbitrary: withAttribute }),
  };
});

const push = fc.array(value, { minLength: 1, maxLength: 4 }).map((items) => aggregate(items, '>', false));
const replies = fc.array(fc.oneof({ weight: 6, arbitrary: value }, { weight: 1, arbitrary: push }), {
  minLength: 1,
  maxLength: 4,
});

function meaningOf(reply: Reply): unknown {
  if (reply.isNull) return null;
  if ('*%~>'.includes(String.fromCharCode(reply.type))) return reply.items.map(meaningOf);
  return textOf(reply.bytes, reply.valueStart, reply.valueEnd);
}

test('every generated reply is found and decoded, however it is cut', () => {
  fc.assert(
    fc.property(replies, fc.integer(), (list, cutSeed) => {
      const input = bytesOf(list.map((item) => item.wire).join(''));
      for (const [, how] of splittings(cutSeed)) {
        const read = readReplies(input, how);
        expect(read.error).toBe(undefined);
        expect(read.replies.map((item) => item.end - item.start)).toEqual(
          list.map((item) => item.wire.length),
        );
        expect(read.isInside).toBe(false);
      }
      let at = 0;
      for (const item of list) {
        const reply = decodeReply(input, at, at + item.wire.length);
        expect(meaningOf(reply)).toEqual(item.meaning);
        expect(formatReply(input, at, at + item.wire.length, 40, false).length).toBeLessThanOrEqual(40);
        at += item.wire.length;
      }
    }),
    { seed, numRuns: fuzzRuns(300) },
  );
});

test('mutated replies neither throw nor read outside, and mean the same however they are cut', () => {
  const random = createRandom(seed);
  const samples = fc
    .sample(replies, { seed, numRuns: 100 })
    .map((list) => bytesOf(list.map((item) => item.wire).join('')));
  for (let run = 0; run < fuzzRuns(3000); run++) {
    const input = mutated(random.pick(samples), random, '+-:$*%~>,#(!=_|;.?0129\r\n');
    const whole = readReplies(input, 'whole');
    for (const [, how] of splittings(random.integer(2 ** 31))) {
      const read = readReplies(input, how);
      expect(read.replies).toEqual(whole.replies);
      expect(read.error).toBe(whole.error);
      expect(read.isInside).toBe(whole.isInside);
    }
    for (const { start, end } of whole.replies) {
      const reply = decodeReply(input, start, end);
      expect(reply.end <= end || reply.bytes !== input).toBe(true);
      formatReply(input, start, end, 1 + random.integer(60), random.next() < 0.5);
    }
  }
});

test('what lies behind the chunk is not looked at', () => {
  const random = createRandom(seed + 1);
  const samples = fc
    .sample(replies, { seed, numRuns: 50 })
    .map((list) => bytesOf(list.map((item) => item.wire).join('')));
  for (let run = 0; run < fuzzRuns(1000); run++) {
    const sample = random.pick(samples);
    const end = random.integer(sample.length + 1);
    const first = Uint8Array.from([...sample.subarray(0, end), 13, 10, 48, 13, 10]);
    const second = Uint8Array.from([...sample.subarray(0, end), 57, 57, 57, 57, 57]);
    expect(new ReplyScanner().scan(first, 0, end)).toBe(new ReplyScanner().scan(second, 0, end));
  }
});
