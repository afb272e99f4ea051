/** What the fuzz tests of the wire format share: how often they run, and how they damage bytes. */
import type { Random } from '../../src/base/random.ts';

/** `usual` runs, or as many as LOCKSTEP_FUZZ_RUNS says. */
export function fuzzRuns(usual: number): number {
  const given = Number(process.env.LOCKSTEP_FUZZ_RUNS);
  return Number.isSafeInteger(given) && given > 0 ? given : usual;
}

/** A damaged copy: bytes replaced, removed, doubled or inserted, mostly by characters that mean something. */
export function mutated(input: Uint8Array, random: Random, alphabet: string): Uint8Array {
  const bytes = [...input];
  const changes = 1 + random.integer(3);
  for (let change = 0; change < changes; change++) {
    const at = random.integer(bytes.length + 1);
    const byte =
      random.next() < 0.9 ? alphabet.charCodeAt(random.integer(alphabet.length)) : random.integer(256);
    const choice = random.integer(5);
    if (choice === 0) bytes.splice(at, 1, byte);
    else if (choice === 1) bytes.splice(at, 1 + random.integer(4));
    else if (choice === 2) bytes.splice(at, 0, byte);
    else if (choice === 3) bytes.splice(at, 0, ...bytes.slice(at, at + random.integer(30)));
    else bytes.length = at;
  }
  return Uint8Array.from(bytes);
}
