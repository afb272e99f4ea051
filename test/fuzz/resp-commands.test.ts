/** Commands against hostile bytes. `LOCKSTEP_FUZZ_RUNS` raises the number of runs. */
import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { createRandom } from '../../src/base/random.ts';
import { DEFAULT_REQUEST_LIMITS } from '../../src/resp/limits.ts';
import { CommandReader, CommandScanner, SCAN_COMPLETE } from '../../src/resp/scan-command.ts';
import { encodeCommand } from '../support/raw-client.ts';
import { testSeed } from '../support/seed.ts';
import { argumentsOf, bytesOf, readCommands, splittings } from '../unit/resp/reading.ts';
import { fuzzRuns, mutated } from './resp-mutations.ts';

const seed = testSeed('resp-commands');

const argument = fc.oneof(
  fc.string({
    unit: fc.constantFrom('a', 'Z', '0', ' ', '\r', '\n', '*', '$', '"', '\0', '\xff'),
    maxLength: 30,
  }),
  fc.nat({ max: 20_000 }).map((length) => 'v'.repeat(length)),
);
const command = fc.array(argument, { minLength: 1, maxLength: 12 });

/** An argument as an inline command spells it. */
function quoted(text: string): string {
  const escaped = [...text].map((character) => {
    const code = character.charCodeAt(0);
    if (character === '"' || character === '\\') return `\\${character}`;
    return code < 0x20 || code > 0x7e ? `\\x${code.toString(16).padStart(2, '0')}` : character;
  });
  return `"${escaped.join('')}"`;
}

const inline = fc
  .array(
    fc.string({
      unit: fc.constantFrom('a', ' ', '"', "'", '\\', '\n', '\r', '\t', '\0', '\xff'),
      maxLength: 8,
    }),
    {
      minLength: 1,
      maxLength: 5,
    },
  )
  .map((args) => ({ args, wire: `${args.map(quoted).join(' ')}\r\n` }));

const item = fc.oneof(
  { weight: 4, arbitrary: command.map((args) => ({ args, wire: textOfCommand(args) })) },
  { weight: 1, arbitrary: inline },
  {
    weight: 1,
    arbitrary: fc
      .constantFrom('*0\r\n', '*-1\r\n', '\r\n', '\n', ' \t\r\n')
      .map((wire) => ({ args: undefined, wire })),
  },
);

function textOfCommand(args: readonly string[]): string {
  return encodeCommand(args.map((arg) => bytesOf(arg))).toString('latin1');
}

const pipelines = fc.array(item, { minLength: 1, maxLength: 6 });

test('every generated pipeline is read, however it is cut', () => {
  fc.assert(
    fc.property(pipelines, fc.integer(), (items, cutSeed) => {
      const input = bytesOf(items.map((each) => each.wire).join(''));
      const expected = items.flatMap((each) => (each.args === undefined ? [] : [each.args]));
      for (const [, how] of splittings(cutSeed)) {
        expect(readCommands(input, how)).toEqual({ commands: expected, error: undefined, bufferedBytes: 0 });
      }
    }),
    { seed, numRuns: fuzzRuns(60) },
  );
});

test('mutated pipelines neither throw nor read outside, and mean the same however they are cut', () => {
  const random = createRandom(seed);
  const small = fc.array(fc.string({ unit: fc.constantFrom('a', '1', '$', '\r', '\n'), maxLength: 6 }), {
    minLength: 1,
    maxLength: 4,
  });
  const samples = fc.sample(fc.array(small, { minLength: 1, maxLength: 4 }), { seed, numRuns: 100 });
  const wires = samples.map((commands) => bytesOf(commands.map(textOfCommand).join('')));
  for (let run = 0; run < fuzzRuns(3000); run++) {
    const input = mutated(random.pick(wires), random, '*$-0129 "\'\\\r\n\0x');
    const whole = readCommands(input, 'whole', { maxInlineBytes: 1_000_000 });
    for (const [, how] of splittings(random.integer(2 ** 31))) {
      const read = readCommands(input, how, { maxInlineBytes: 1_000_000 });
      expect(read.commands).toEqual(whole.commands);
      expect(read.error).toBe(whole.error);
      if (read.error === undefined) expect(read.bufferedBytes).toBe(whole.bufferedBytes);
    }
  }
});

test('sessions that pause take the same commands', () => {
  const random = createRandom(seed);
  const scanner = new CommandScanner();
  for (let run = 0; run < fuzzRuns(200); run++) {
    const commands = Array.from({ length: 1 + random.integer(60) }, (_, index) => [
      `N${index}`,
      ...Array.from({ length: random.integer(4) }, () =>
        'x'.repeat(random.integer(random.next() < 0.02 ? 40_000 : 50)),
      ),
    ]);
    const input = bytesOf(commands.map(textOfCommand).join(''));
    const reader = new CommandReader({ ...DEFAULT_REQUEST_LIMITS });
    const got: string[][] = [];
    let at = 0;
    while (got.length < commands.length) {
      const end = Math.min(input.length, at + random.integer(300));
      const chunk = input.slice(at, end);
      at = end;
      if (random.next() < 0.9) reader.feed(chunk, 0, chunk.length);
      else at -= chunk.length;
      const most = random.integer(6);
      for (let taken = 0; taken < most && reader.next(scanner) === SCAN_COMPLETE; taken++)
        got.push(argumentsOf(scanner));
      if (random.next() < 0.9) {
        reader.release();
        chunk.fill(0x2a);
      }
    }
    expect(got).toEqual(commands);
    expect(reader.bufferedBytes).toBe(0);
  }
});
