/** The scripts to compare: those in `cases/*.lua`, and those that need odd bytes, keys or arguments. Data. */
import * as fs from 'node:fs';
import * as path from 'node:path';
import type { ScriptCase } from './script-pair.ts';

const folder = path.join(import.meta.dirname, 'cases');
const divider = '\n----\n';

/** The scripts of one file, without the line at its head. */
function readCases(file: string): ScriptCase[] {
  const text = fs.readFileSync(path.join(folder, file), 'utf8').replace(/\n$/, '');
  const [, ...scripts] = text.split(divider);
  return scripts.map((script) => ({ script }));
}

const oddCases: readonly ScriptCase[] = [
  { script: '' },
  { script: '\0' },
  { script: 'return 1 --\0' },
  { script: '\x1bLua' },
  { script: '#!lua\0\nreturn 1' },
  { script: '#!lua\r\nreturn 1' },
  { script: 'return {KEYS,ARGV}', keys: ['k1', 'k2'], args: ['a', 'b', 'c'] },
  { script: 'return {#KEYS,#ARGV,KEYS[1],ARGV[1]}', keys: ['k1'] },
  { script: 'return ARGV', args: ['a\0b', '', 'ÿ', 'x'.repeat(100_000)] },
  { script: 'ARGV[2]=nil return {#ARGV,ARGV}', args: ['a', 'b', 'c'] },
  { script: 'ARGV[#ARGV]=nil return {#ARGV,ARGV}', args: ['a', 'b', 'c', 'd', 'e'] },
  { script: 'table.remove(ARGV,1) ARGV[#ARGV+1]="z" return ARGV', args: ['a', 'b', 'c'] },
  { script: 'return tostring(ARGV[1]+1)', args: ['41'] },
  { script: "return redis.call('set',KEYS[1],ARGV[1])", keys: ['k'], args: ['v'] },
  { script: 'return KEYS[1]..ARGV[1]', keys: ['k'], args: ['v'] },
  { script: 'return #ARGV', args: Array.from({ length: 20_000 }, (_, index) => `value ${index}`) },
];

export const lineFeedCases: readonly ScriptCase[] = [
  { script: "error('a\\nb')" },
  { script: "error({err='ERR a\\nb'})" },
  { script: "error('a\\r\\nb')" },
  { script: "error('\\n\\na\\n')" },
];

/** By name of the group. */
export const scriptCases: ReadonlyMap<string, readonly ScriptCase[]> = new Map([
  ...fs
    .readdirSync(folder)
    .sort()
    .map((file): [string, ScriptCase[]] => [path.basename(file, '.lua'), readCases(file)]),
  ['odd bytes, keys and arguments', oddCases],
  ['line feeds in errors', lineFeedCases],
]);
