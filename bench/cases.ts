/** The commands that are measured, and the data that they need. */
import { families, familyData, MANY_KEYS } from './families.ts';
import { type Case, runTool } from './load.ts';
import type { Subject } from './subjects.ts';

const VALUE = 64;
const CLIENTS = 50;

function sizeName(bytes: number): string {
  if (bytes >= 1024 * 1024) return `${bytes / 1024 / 1024} MB`;
  return bytes >= 1024 ? `${bytes / 1024} KB` : `${bytes} B`;
}

function keysOf(bytes: number): number {
  return Math.max(10, Math.min(MANY_KEYS, Math.trunc(2 ** 24 / bytes)));
}

export interface Shape {
  readonly depth?: number;
  readonly clients?: number;
  readonly valueBytes?: number;
}

/** `GET P=16`, `SET P=1, 1000 clients, 4 KB`: what is unusual is in the name. */
export function stringCase(name: 'GET' | 'SET', shape: Shape): Case {
  const { depth = 1, clients = CLIENTS, valueBytes = VALUE } = shape;
  const parts = [`${name} P=${depth}`];
  if (clients !== CLIENTS) parts.push(clients === 1 ? '1 client' : `${clients} clients`);
  if (valueBytes !== VALUE) parts.push(sizeName(valueBytes));
  const key = (tag: string): string => `v${valueBytes}:${tag}__rand_int__`;
  const command = (tag: string): string[] =>
    name === 'GET' ? ['GET', key(tag)] : ['SET', key(tag), '__data__'];
  return { title: parts.join(', '), clients, depth, valueBytes, keys: keysOf(valueBytes), command };
}

/** GET and SET of each shape. */
export function stringCases(shapes: readonly Shape[]): Case[] {
  return shapes.flatMap((shape) => [stringCase('GET', shape), stringCase('SET', shape)]);
}

/** Sends each of so many keys once. */
async function fill(
  subject: Subject,
  keys: number,
  bytes: number,
  command: readonly string[],
): Promise<void> {
  const depth = bytes > 65_536 ? 1 : Math.min(100, keys);
  const options = ['-c', Math.min(4, keys), '-P', depth, '-n', keys, '-r', keys, '-d', bytes, '--sequential'];
  await runTool([
    '-h',
    '127.0.0.1',
    '-p',
    subject.port,
    ...subject.toolOptions,
    ...options,
    '-q',
    ...command,
  ]);
}

/** The values that GET reads, for every size that the cases use. */
export async function fillStrings(subject: Subject, cases: readonly Case[]): Promise<void> {
  for (const bytes of new Set(cases.map(({ valueBytes }) => valueBytes))) {
    await fill(subject, keysOf(bytes), bytes, ['SET', `v${bytes}:${subject.keyTag}__rand_int__`, '__data__']);
  }
  await subject.settle();
}

/** What the commands below read, in a keyspace that is emptied first. */
export async function fillFamilies(subject: Subject): Promise<void> {
  await fill(subject, 1, VALUE, ['FLUSHALL']);
  for (const { keys, command } of familyData) await fill(subject, keys, VALUE, command);
}

/** One command of every family; those on one key apart from those on several or with a script. */
export function familyCases(depths: readonly number[]): Case[] {
  return families.flatMap(({ name, keys, command }) =>
    depths.map((depth) => ({
      title: `${name} P=${depth}`,
      clients: CLIENTS,
      depth,
      valueBytes: VALUE,
      keys,
      command: () => command,
    })),
  );
}

/** Whether the title is that of a command on one key: all but these. */
export function isSingleKey(title: string): boolean {
  return !title.startsWith('MSET') && !title.startsWith('EVAL');
}

export function familyTexts(): readonly (readonly [string, readonly string[]])[] {
  return families.map(({ name, command }) => [name, command]);
}
