/** Commands of a family within transactions and scripts, where replies are nested and nobody waits. Pure. */
import type { Random } from '../../../src/base/random.ts';
import type { CommandDefinition } from '../../../src/commands/definition.ts';
import { evalCommand, evalRo } from '../../../src/commands/scripting/scripts.ts';
import { discard, exec, multi } from '../../../src/commands/transactions/transactions.ts';
import type { RandomCase } from './engine-pair.ts';

export type Wrapping = 'transactions' | 'scripts';

/** What a script does with the command that it is given. */
const SCRIPTS = [
  'return redis.call(unpack(ARGV))',
  'return redis.pcall(unpack(ARGV))',
  'return {1, redis.pcall(unpack(ARGV)), 2}',
  'redis.setresp(3) return redis.pcall(unpack(ARGV))',
  'local r = redis.pcall(unpack(ARGV)) if type(r) == "table" then return {#r, r["ok"], r["err"]} end return r',
  'local r = redis.pcall(unpack(ARGV)) return {type(r), tostring(r == false), type(r) == "number" and r / 2}',
];

/** A map is a table, and Valkey 9.1 has an order of its own (`docs/scripting.md`). Of what is played LCS has one. */
const SCRIPTS_FOR_MAPS = SCRIPTS.filter((script) => !script.includes('setresp(3)'));

/**
 * Within another reply it is compared as it is: it has to be the same in every form. Of commands that wait, scripts
 * have all; of a transaction, a part may be left without its MULTI.
 */
export function fits({ compare, tips, name, session }: CommandDefinition, wrapping: Wrapping): boolean {
  const mayWait = session === 'blocking' && wrapping === 'transactions';
  return compare.rule === 'exact' && tips === undefined && !mayWait && !/^(swapdb|flush)/.test(name);
}

/** One to four of the cases at a time, or each by itself. */
export function wrap(random: Random, wrapping: Wrapping, cases: readonly RandomCase[]): RandomCase[] {
  return wrapping === 'scripts'
    ? cases.map(({ args }) => inScript(random, args))
    : inTransactions(random, cases);
}

function inScript(random: Random, args: readonly string[]): RandomCase {
  const one = random.integer(6) === 0 ? evalRo : evalCommand;
  // All commands that are played have the same reply everywhere, whatever could be said of the script.
  const definition = { ...one, compareWith: () => one.compare };
  const scripts = args[0].toLowerCase() === 'lcs' ? SCRIPTS_FOR_MAPS : SCRIPTS;
  return { definition, args: [one.name, random.pick(scripts), '0', ...args] };
}

function inTransactions(random: Random, cases: readonly RandomCase[]): RandomCase[] {
  const wrapped: RandomCase[] = [];
  for (let at = 0; at < cases.length; ) {
    const count = 1 + random.integer(4);
    const last = random.integer(20) === 0 ? discard : exec;
    wrapped.push({ definition: multi, args: ['multi'] }, ...cases.slice(at, at + count));
    wrapped.push({ definition: last, args: [last.name] });
    at += count;
  }
  return wrapped;
}
