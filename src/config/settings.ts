/**
 * The schema as a list of settings: what the environment, the documentation, reloading and redaction walk over.
 * Main thread.
 */
import { z } from 'zod';
import { type LeafNotes, leafNotes } from './leaves.ts';
import { configSchema } from './schema.ts';

export type Path = readonly (string | number)[];

export interface Setting {
  /** Keys from the top; `[]` stands for every element of a list. */
  readonly path: readonly string[];
  readonly description: string;
  readonly schema: z.ZodType;
  /** Undefined for a section. */
  readonly leaf: LeafNotes | undefined;
}

/** The schema inside defaults and nullable. */
function unwrap(schema: z.ZodType): z.ZodType {
  let inner = schema;
  while (inner instanceof z.ZodDefault || inner instanceof z.ZodPrefault || inner instanceof z.ZodNullable) {
    inner = inner.unwrap() as z.ZodType;
  }
  return inner;
}

function walk(schema: z.ZodType, path: readonly string[], out: Setting[]): void {
  const inner = unwrap(schema);
  if (path.length > 0) {
    out.push({ path, description: schema.description ?? '', schema, leaf: leafNotes.get(schema) });
  }
  if (inner instanceof z.ZodArray) walkObject(unwrap(inner.element as z.ZodType), [...path, '[]'], out);
  else walkObject(inner, path, out);
}

function walkObject(schema: z.ZodType, path: readonly string[], out: Setting[]): void {
  if (!(schema instanceof z.ZodObject)) return;
  for (const [key, child] of Object.entries(schema.shape)) walk(child as z.ZodType, [...path, key], out);
}

function collect(): readonly Setting[] {
  const out: Setting[] = [];
  walk(configSchema, [], out);
  return out;
}

/** Every section and setting, in the order of the schema, sections before what they hold. */
export const settings: readonly Setting[] = collect();

/** `listen[0].address`, `shadow.queue.maxBytes`; lists in patterns are shown as `listen[].address`. */
export function formatPath(path: Path): string {
  let text = '';
  for (const part of path) {
    if (part === '[]') text += '[]';
    else if (typeof part === 'number') text += `[${part}]`;
    else text += text === '' ? part : `.${part}`;
  }
  return text;
}

/** The setting a path of a document stands for; undefined for keys that are not in the schema. */
export function settingAt(path: Path): Setting | undefined {
  const wanted = formatPath(path.map((part) => (typeof part === 'number' ? '[]' : part)));
  return settings.find((setting) => formatPath(setting.path) === wanted);
}

/** The keys a map at `path` may have; empty where there is no such map. */
export function keysAt(path: Path): readonly string[] {
  const prefix = path.map((part) => (typeof part === 'number' ? '[]' : String(part)));
  return settings
    .filter(
      (setting) =>
        setting.path.length === prefix.length + 1 && prefix.every((part, at) => setting.path[at] === part),
    )
    .map((setting) => setting.path[prefix.length]!)
    .filter((key) => key !== '[]');
}
