/**
 * Random commands from the catalogue's grammar: few keys and few values, so that commands meet each other's data; their
 * options in any order, now and then twice, in any case; and now and then something that is wrong. Pure; what a
 * family's words are is told by a `Words`.
 */
import type { Random } from '../../../src/base/random.ts';
import type { ArgumentGrammar, CommandDefinition } from '../../../src/commands/definition.ts';

export interface Words {
  /** All scores are equal, so that it is defined what a range of names is. */
  readonly hasNames?: boolean;
  /** The word for an argument of a command, or undefined for the usual one. */
  readonly word?: (random: Random, argument: ArgumentGrammar, command: string) => string | undefined;
  /** Keys: those of the family's own type come first and more often. */
  readonly keys: readonly string[];
  /** Members, fields, values. */
  readonly values: readonly string[];
}

const EDGES = [
  '0',
  '-1',
  '1',
  '9223372036854775807',
  '-9223372036854775808',
  '9223372036854775808',
  'x',
  '',
  '1.5',
];
/** Nothing may expire while it is looked at: times are long past or far ahead. */
const PAST = ['0', '-1'];
const FAR_MS = 4_000_000_000_000;

class Speller {
  readonly words: string[];
  readonly #random: Random;
  readonly #words: Words;
  readonly #command: string;

  constructor(random: Random, words: Words, command: string) {
    this.#random = random;
    this.#words = words;
    this.#command = command;
    this.words = command.split('|');
  }

  list(args: readonly ArgumentGrammar[]): void {
    let counted: number | undefined;
    const ordered = this.#inSomeOrder(args);
    for (const [index, argument] of ordered.entries()) {
      const next = ordered[index + 1];
      if (/^num/.test(argument.name) && next?.multiple === true) {
        counted = 1 + this.#random.integer(3);
        this.#token(argument);
        this.words.push(String(this.#random.integer(40) === 0 ? counted + 1 : counted));
        continue;
      }
      this.#one(argument, counted);
      counted = undefined;
    }
  }

  /** Options next to each other may change places, and one may come twice. */
  #inSomeOrder(args: readonly ArgumentGrammar[]): readonly ArgumentGrammar[] {
    const random = this.#random;
    if (random.integer(3) > 0) return args;
    const ordered: ArgumentGrammar[] = [];
    let from = 0;
    for (const argument of args) {
      if (argument.optional !== true) from = ordered.length + 1;
      const place =
        argument.optional === true ? from + random.integer(ordered.length - from + 1) : ordered.length;
      ordered.splice(place, 0, argument);
      if (argument.optional === true && random.integer(8) === 0) ordered.push(argument);
    }
    return ordered;
  }

  #one(argument: ArgumentGrammar, counted: number | undefined): void {
    if (argument.optional === true && this.#random.integer(3) > 0) return;
    const usual =
      argument.multiple === true ? 1 + this.#random.integer(this.#random.integer(10) === 0 ? 30 : 3) : 1;
    const times = counted ?? usual;
    if (argument.multipleToken !== true) this.#token(argument);
    for (let time = 0; time < times; time++) {
      if (argument.multipleToken === true) this.#token(argument);
      this.#value(argument);
    }
  }

  #token(argument: ArgumentGrammar): void {
    const { token } = argument;
    if (token !== undefined) this.words.push(this.#random.integer(4) === 0 ? token.toLowerCase() : token);
  }

  #value(argument: ArgumentGrammar): void {
    const nested = argument.arguments ?? [];
    if (argument.type === 'pure-token') return;
    if (argument.type === 'oneof') this.#one({ ...this.#random.pick(nested), optional: false }, undefined);
    else if (argument.type === 'block') this.list(nested);
    else this.words.push(this.#word(argument));
  }

  #word(argument: ArgumentGrammar): string {
    const random = this.#random;
    const given = this.#words.word?.(random, argument, this.#command);
    if (given !== undefined) return given;
    const { name, type } = argument;
    if (type === 'key')
      return this.#words.keys[Math.min(random.integer(this.#words.keys.length), random.integer(9))];
    if (type === 'unix-time' || name.startsWith('unix-time')) {
      const far = FAR_MS + random.integer(1000) * 1000;
      return random.integer(4) === 0 ? '1' : String(name.endsWith('milliseconds') ? far : far / 1000);
    }
    if (type === 'integer' || type === 'double') return this.#number(name);
    if (type === 'pattern') return random.pick(['*', 'm*', '?', '[0-9]', '*1*']);
    return random.pick(this.#words.values);
  }

  /** Hardly ever the same twice: EXPIRE GT would depend on the clock. */
  #seconds(): string {
    const random = this.#random;
    return random.integer(3) === 0 ? random.pick(PAST) : String(100_000 + 10 * random.integer(1_000_000));
  }

  #number(name: string): string {
    const random = this.#random;
    if (random.integer(25) === 0)
      return random.pick(
        EDGES.filter((edge) =>
          /seconds/.test(name) ? edge !== '1' : !/count/.test(name) || edge.length < 8,
        ),
      );
    if (name === 'cursor') return '0';
    if (name === 'seconds') return this.#seconds();
    if (name === 'milliseconds') return `${this.#seconds()}000`;
    return String(random.integer(12) - 2);
  }
}

/** A command, its name first. */
export function randomCommand(random: Random, definition: CommandDefinition, words: Words): string[] {
  const speller = new Speller(random, words, definition.name);
  speller.list(definition.arguments);
  return random.integer(20) === 0 ? withOddity(random, speller.words, definition, words) : speller.words;
}

function isTimed({ name, type, arguments: nested }: ArgumentGrammar): boolean {
  return /seconds|unix-time/.test(name) || type === 'unix-time' || nested?.some(isTimed) === true;
}

/** No word becomes a time that comes soon: nothing may expire while it is looked at. */
function withOddity(
  random: Random,
  list: readonly string[],
  { arguments: grammar }: CommandDefinition,
  { values, hasNames }: Words,
): string[] {
  const at = 1 + random.integer(list.length);
  const oddity = random.integer(hasNames === true || grammar.some(isTimed) ? 2 : 6);
  if (oddity === 0) return [...list, 'BOGUS'];
  // There is no reply to a command of no words.
  if (oddity === 1) return list.length > 1 ? list.slice(0, -1) : [...list];
  if (oddity === 2) return list.toSpliced(at, 0, random.pick(values));
  if (oddity === 3) return list.toSpliced(at, 1);
  if (oddity === 4) return list.toSpliced(at, 1, random.pick(values));
  return list.toSpliced(at, 0, ...list.slice(at, at + 1 + random.integer(2)));
}
