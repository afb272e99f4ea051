/**
 * Options of commands that not every release has, by the catalogue, each with a number of its own, and finding them in
 * a command as it was sent. Built once per thread; the numbers are the same in all. It must not know who counts.
 */
import { asciiBytes } from '../base/bytes.ts';
import { compatibilityNames, compatibilityOf, hasSince } from './compatibility.ts';
import type { ArgumentGrammar, CommandDefinition, CommandView, Since } from './definition.ts';
import { settingNames } from './setting-names.ts';

export interface KnownOption {
  /** Of the catalogue. */
  readonly command: string;
  /** As people write it: `IFEQ`, `NO ONE`; a parameter of CONFIG in lower case. */
  readonly name: string;
  readonly since: Since;
  readonly until?: Since;
}

interface Word {
  /** Lower case. */
  readonly bytes: Uint8Array;
  /** Arguments from it to the next option, itself included; 0: what follows is data. */
  readonly length: number;
  /** Number of the option, or NOT_COUNTED. */
  readonly option: number;
}

interface Plan {
  /** The first argument that may be an option. */
  readonly start: number;
  /** Arguments that are no option: go on with the next (1), or with the one behind it. */
  readonly step: number;
  /** Words by their length. */
  readonly words: readonly (readonly Word[])[];
}

export interface OptionCounter {
  countOption(option: number): void;
}

const NOT_COUNTED = -1;
const LONGEST_WORD = 48;
const NO_WORDS: readonly Word[] = [];

/** Commands whose arguments are names of parameters, and how far they are apart. */
const PARAMETER_STEPS: Readonly<Record<string, number>> = { 'config|get': 1, 'config|set': 2 };

export class OptionTable {
  /** By number. */
  readonly options: readonly KnownOption[];
  /** By command id; undefined where releases do not differ. */
  readonly #plans: readonly (Plan | undefined)[];

  constructor(definitions: readonly CommandDefinition[]) {
    const options: KnownOption[] = [];
    this.#plans = definitions.map((definition) => makePlan(definition, options));
    this.options = options;
  }

  /** Cold: set-up. */
  concerns(id: number): boolean {
    return this.#plans[id] !== undefined;
  }

  /** Counts the options of a command that `concerns`. Most have none: one look at the count of arguments. */
  count(id: number, command: CommandView, counter: OptionCounter): void {
    const plan = this.#plans[id]!;
    let index = plan.start;
    while (index < command.count) {
      const word = wordAt(plan, command, index);
      if (word === undefined) {
        index += plan.step;
        continue;
      }
      if (word.option !== NOT_COUNTED) counter.countOption(word.option);
      if (word.length === 0) return;
      index += word.length;
    }
  }
}

function wordAt(plan: Plan, { bytes, spans }: CommandView, index: number): Word | undefined {
  const start = spans[2 * index];
  const length = spans[2 * index + 1] - start;
  const words = length < plan.words.length ? plan.words[length] : NO_WORDS;
  for (let at = 0; at < words.length; at += 1) if (isWord(words[at].bytes, bytes, start)) return words[at];
  return undefined;
}

function isWord(word: Uint8Array, bytes: Uint8Array, start: number): boolean {
  for (let at = 0; at < word.length; at += 1) {
    let byte = bytes[start + at];
    if (byte >= 0x41 && byte <= 0x5a) byte |= 0x20;
    if (byte !== word[at]) return false;
  }
  return true;
}

// What follows is cold: once per thread.

/** Whether some release that has the command lacks the option. */
function isPartial(option: KnownOption, command: Since): boolean {
  return compatibilityNames.some((name) => {
    const level = compatibilityOf(name);
    if (!hasSince(level, command)) return false;
    return !hasSince(level, option.since) || (option.until !== undefined && hasSince(level, option.until));
  });
}

/** Cold: once per command. */
function makePlan(definition: CommandDefinition, options: KnownOption[]): Plan | undefined {
  const before = options.length;
  const words: Word[][] = [];
  const add = (text: string, length: number, option: KnownOption | undefined): void => {
    const bytes = asciiBytes(text.toLowerCase());
    const isCounted = option !== undefined && isPartial(option, definition.since);
    while (words.length <= bytes.length) words.push([]);
    if (bytes.length > LONGEST_WORD) throw new Error(`${text} is too long for an option`);
    const known = words[bytes.length].findIndex((word) => word.bytes.every((byte, at) => byte === bytes[at]));
    if (known >= 0) return;
    words[bytes.length].push({ bytes, length, option: isCounted ? options.length : NOT_COUNTED });
    if (isCounted) options.push(option);
  };
  const step = PARAMETER_STEPS[definition.name];
  const own = definition.name.includes('|') ? 2 : 1;
  let start = own;
  if (step === undefined) {
    const grammar = definition.arguments;
    const first = grammar.findIndex((argument) => !isPlain(argument));
    start += first < 0 ? grammar.length : first;
    if (first >= 0) addWords(definition.name, grammar.slice(first), undefined, add);
  } else {
    for (const { name, since, until } of settingNames)
      add(name, step, { command: definition.name, name, since, ...(until === undefined ? {} : { until }) });
  }
  return options.length === before ? undefined : { start, step: step ?? 1, words };
}

/** One argument that is always there and is no word of the command's own. */
function isPlain({ token, optional, multiple, type }: ArgumentGrammar): boolean {
  return (
    token === undefined && optional !== true && multiple !== true && type !== 'oneof' && type !== 'block'
  );
}

type AddWord = (text: string, length: number, option: KnownOption | undefined) => void;

/** Cold: once per command. */
function addWords(
  command: string,
  grammar: readonly ArgumentGrammar[],
  inherited: Since | undefined,
  add: AddWord,
): void {
  for (const argument of grammar) {
    const since = argument.since ?? inherited;
    const option = (name: string): KnownOption | undefined =>
      since === undefined ? undefined : { command, name, since };
    const inner = argument.arguments ?? [];
    const { token } = argument;
    if (token !== undefined && token !== '') {
      const isChoice = argument.type === 'oneof' && inner.every(({ type }) => type === 'pure-token');
      add(token, isChoice || argument.type === 'pure-token' ? 1 : lengthOf(argument), option(token));
      if (isChoice) addWords(command, inner, undefined, add);
    } else if (argument.type === 'block' && inner[0]?.token !== undefined) {
      const [first, ...rest] = inner;
      const following = rest.filter(({ type }) => type === 'pure-token').map((one) => one.token);
      add(first.token!, lengthOf(argument), option([first.token, ...following].join(' ')));
      addWords(command, rest, undefined, add);
    } else if (argument.type === 'oneof' || argument.type === 'block') {
      addWords(command, inner, since, add);
    }
  }
}

/** Of an option with its values; 0 where that is not fixed, and what follows may be anything. */
function lengthOf(argument: ArgumentGrammar): number {
  const own = argument.token === undefined || argument.token === '' ? 0 : 1;
  if (argument.type === 'pure-token') return 1;
  // Numbers that go on are no words.
  if (argument.multiple === true) return argument.type === 'integer' ? own + 1 : 0;
  if (argument.type !== 'block') return own + 1;
  let length = own;
  for (const inner of argument.arguments ?? []) {
    const more = lengthOf(inner);
    if (more === 0 || inner.optional === true || inner.type === 'oneof') return 0;
    length += more;
  }
  return length;
}
