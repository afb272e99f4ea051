/**
 * Spells out the argument grammar of a command: every option alone, every choice, pairs of options, repetitions, and
 * numbers that are none. Pure; what the words are is told by a `Vocabulary`.
 */
import type { ArgumentGrammar } from '../../src/commands/definition.ts';

export interface Vocabulary {
  /** The word for a leaf of the grammar; `repetition` counts from 0. */
  readonly word: (argument: ArgumentGrammar, repetition: number) => string;
}

/** A place where the grammar leaves a choice, and one outcome. Absent: left out, the first, once. */
interface Choice {
  readonly place: string;
  readonly value: number;
}
type Choices = ReadonlyMap<string, number>;

export interface Word {
  readonly text: string;
  readonly argument: ArgumentGrammar;
  readonly place: string;
  readonly isToken: boolean;
}

const BAD_NUMBERS = ['x', '', '-1', '0', '1.5', '9223372036854775808', '99999999999999999999', 'nan', ' 1'];
const MOST_PAIRS = 24;

class Speller {
  private readonly vocabulary: Vocabulary;
  private readonly choices: Choices;
  readonly words: Word[] = [];

  constructor(vocabulary: Vocabulary, choices: Choices) {
    this.vocabulary = vocabulary;
    this.choices = choices;
  }

  list(args: readonly ArgumentGrammar[], path: string, repetition: number): void {
    let counted: number | undefined;
    for (const [index, argument] of args.entries()) {
      const place = `${path}/${index}`;
      const next = args[index + 1];
      if (/^num|^count$/.test(argument.name) && next?.multiple === true && argument.optional !== true) {
        counted = this.choices.get(`${path}/${index + 1}*`) ?? 1;
        const text = String(/^(count|num-vertices)$/.test(argument.name) ? Math.max(3, counted) : counted);
        this.token(argument, place);
        this.words.push({ text, argument, place, isToken: false });
        continue;
      }
      this.one(argument, place, repetition);
    }
  }

  private one(argument: ArgumentGrammar, place: string, repetition: number): void {
    if (argument.optional === true && this.choices.get(place) !== 1) return;
    const times = argument.multiple === true ? (this.choices.get(`${place}*`) ?? 1) : 1;
    if (argument.multipleToken !== true) this.token(argument, place);
    for (let time = 0; time < times; time++) {
      if (argument.multipleToken === true) this.token(argument, place);
      this.value(argument, place, repetition + time);
    }
  }

  private token(argument: ArgumentGrammar, place: string): void {
    if (argument.token === undefined) return;
    this.words.push({ text: argument.token, argument, place, isToken: true });
  }

  private value(argument: ArgumentGrammar, place: string, repetition: number): void {
    const nested = argument.arguments ?? [];
    if (argument.type === 'pure-token') return;
    if (argument.type === 'oneof') {
      const chosen = this.choices.get(`${place}|`) ?? 0;
      const alternative = nested[chosen];
      if (alternative !== undefined) this.one(required(alternative), `${place}|${chosen}`, repetition);
    } else if (argument.type === 'block') this.list(nested, place, repetition);
    else {
      const text = this.vocabulary.word(argument, repetition);
      this.words.push({ text, argument, place, isToken: false });
    }
  }
}

function required(argument: ArgumentGrammar): ArgumentGrammar {
  return { ...argument, optional: false };
}

/** Each single choice, together with the choices that lead to it. */
function choicesOf(args: readonly ArgumentGrammar[], path: string, before: readonly Choice[]): Choice[][] {
  return args.flatMap((argument, index) => choicesAt(argument, `${path}/${index}`, before));
}

function choicesAt(argument: ArgumentGrammar, place: string, before: readonly Choice[]): Choice[][] {
  const found: Choice[][] = [];
  let path = before;
  if (argument.optional === true) {
    path = [...before, { place, value: 1 }];
    found.push([...path]);
  }
  if (argument.multiple === true) found.push([...path, { place: `${place}*`, value: 2 }]);
  const nested = argument.arguments ?? [];
  if (argument.type === 'oneof') {
    for (const [value, alternative] of nested.entries()) {
      const taken = [...path, { place: `${place}|`, value }];
      if (value > 0) found.push(taken);
      found.push(...choicesAt(required(alternative), `${place}|${value}`, taken));
    }
  } else if (argument.type === 'block') found.push(...choicesOf(nested, place, path));
  return found;
}

function spell(args: readonly ArgumentGrammar[], vocabulary: Vocabulary, choices: readonly Choice[]): Word[] {
  const speller = new Speller(vocabulary, new Map(choices.map(({ place, value }) => [place, value])));
  speller.list(args, '', 0);
  return speller.words;
}

/** The arguments of the simplest form of a command, without its name. */
export function simplest(args: readonly ArgumentGrammar[], vocabulary: Vocabulary): readonly Word[] {
  return spell(args, vocabulary, []);
}

/** Argument lists, without the command's name and without repetition: the simplest first. */
export function variants(args: readonly ArgumentGrammar[], vocabulary: Vocabulary): readonly string[][] {
  const single = choicesOf(args, '', []);
  const base = spell(args, vocabulary, []);
  const spelled = [base, ...single.map((choices) => spell(args, vocabulary, choices))];
  const lists = spelled.map(texts);
  lists.push(texts(spell(args, vocabulary, single.flat())));
  lists.push(...pairs(single).map((choices) => texts(spell(args, vocabulary, choices))));
  lists.push(...withBadNumbers(spelled));
  lists.push(...unfinished(spelled));
  return [...new Map(lists.map((list) => [JSON.stringify(list), list])).values()];
}

function texts(words: readonly Word[]): string[] {
  return words.map((word) => word.text);
}

/** Pairs of choices, spread evenly over all there are when they are many. */
function pairs(single: readonly Choice[][]): Choice[][] {
  const all: Choice[][] = [];
  for (const [index, left] of single.entries()) {
    for (const right of single.slice(index + 1)) all.push([...left, ...right]);
  }
  const step = Math.max(1, all.length / MOST_PAIRS);
  const chosen: Choice[][] = [];
  for (let at = 0; at < all.length; at += step) chosen.push(all[Math.floor(at)] ?? []);
  return chosen;
}

/** Each number of the grammar once as everything a number should not be. */
function withBadNumbers(spelled: readonly (readonly Word[])[]): string[][] {
  const seen = new Set<string>();
  const lists: string[][] = [];
  for (const words of spelled) {
    for (const [index, { argument, place, isToken }] of words.entries()) {
      if (isToken || !['integer', 'double', 'unix-time'].includes(argument.type) || seen.has(place)) continue;
      seen.add(place);
      for (const bad of BAD_NUMBERS) lists.push(texts(words).with(index, bad));
    }
  }
  return lists;
}

/** Each form with its last word cut off, and with a word too many. */
function unfinished(spelled: readonly (readonly Word[])[]): string[][] {
  return spelled.flatMap((words) => {
    const list = texts(words);
    return [list.slice(0, -1), [...list, 'BOGUS']];
  });
}
