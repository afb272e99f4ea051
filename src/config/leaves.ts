/**
 * The kinds of values a setting can have. Each maker gives a zod schema that says in one sentence what is allowed,
 * and notes in a registry what the documentation, the environment and reloading need to know about the setting.
 * Main thread. It must not know which settings exist.
 */
import { z } from 'zod';

export type LeafKind =
  | 'text'
  | 'integer'
  | 'number'
  | 'size'
  | 'switch'
  | 'choice'
  | 'rules'
  | 'addresses'
  | 'users';

export interface LeafNotes {
  readonly kind: LeafKind;
  /** In words, for the documentation. */
  readonly allowed: string;
  /** Takes effect on reload, without a restart. */
  readonly reload: boolean;
  /** Never shown. */
  readonly secret: boolean;
}

/** Notes on every leaf of the schema, by the schema object that stands in it. */
export const leafNotes = z.registry<LeafNotes>();

export interface LeafOptions {
  readonly reload?: boolean;
  readonly secret?: boolean;
}

function note<T extends z.ZodType>(
  schema: T,
  description: string,
  kind: LeafKind,
  allowed: string,
  options: LeafOptions = {},
): T {
  const described = schema.describe(description);
  leafNotes.add(described, {
    kind,
    allowed,
    reload: options.reload ?? false,
    secret: options.secret ?? false,
  });
  return described;
}

function range(minimum: number, maximum: number): string {
  return maximum === Number.MAX_SAFE_INTEGER ? `${minimum} or more` : `between ${minimum} and ${maximum}`;
}

/** A whole number; durations and counts. */
export function integer(
  value: number,
  limits: [number, number?],
  description: string,
  options?: LeafOptions,
) {
  const minimum = limits[0];
  const maximum = limits[1] ?? Number.MAX_SAFE_INTEGER;
  const allowed = `a whole number, ${range(minimum, maximum)}`;
  const error = `must be ${allowed}`;
  const schema = z.int({ error }).min(minimum, { error }).max(maximum, { error }).default(value);
  return note(schema, description, 'integer', allowed, options);
}

/** Any number between two. */
export function fraction(
  value: number,
  minimum: number,
  maximum: number,
  description: string,
  options?: LeafOptions,
) {
  const allowed = `a number ${range(minimum, maximum)}`;
  const error = `must be ${allowed}`;
  const schema = z.number({ error }).min(minimum, { error }).max(maximum, { error }).default(value);
  return note(schema, description, 'number', allowed, options);
}

const SIZE_UNITS: Readonly<Record<string, number>> = {
  '': 1,
  b: 1,
  k: 1000,
  kb: 1024,
  kib: 1024,
  m: 1000 ** 2,
  mb: 1024 ** 2,
  mib: 1024 ** 2,
  g: 1000 ** 3,
  gb: 1024 ** 3,
  gib: 1024 ** 3,
};

/** Bytes of `64mb`, `1gb`, `100k` (as in redis.conf: k is 1000, kb is 1024); NaN when it is not a size. */
export function parseSize(text: string): number {
  const match = /^(\d+)([a-z]*)$/i.exec(text.trim());
  if (match === null) return Number.NaN;
  return Number(match[1]) * (SIZE_UNITS[(match[2] ?? '').toLowerCase()] ?? Number.NaN);
}

/** The shortest text that `parseSize` reads back, `256mb`. */
export function formatSize(bytes: number): string {
  for (const unit of ['gb', 'mb', 'kb']) {
    const size = SIZE_UNITS[unit]!;
    if (bytes >= size && bytes % size === 0) return `${bytes / size}${unit}`;
  }
  return String(bytes);
}

/** A number of bytes, or a text such as `64mb`; resolved to bytes. */
export function size(value: string, minimum: number, description: string, options?: LeafOptions) {
  const allowed = `a size such as 64mb or a number of bytes, ${minimum} or more`;
  const error = `must be ${allowed}`;
  const written = z
    .union([z.number({ error }), z.string({ error }).regex(/^\d+ *([kmg]i?b?|b)?$/i, { error })], { error })
    .transform((input) => (typeof input === 'number' ? input : parseSize(input.replace(' ', ''))));
  const schema = written.pipe(z.int({ error }).min(minimum, { error })).prefault(value);
  return note(schema, description, 'size', allowed, options);
}

/** true or false. */
export function toggle(value: boolean, description: string, options?: LeafOptions) {
  const schema = z.boolean({ error: 'must be true or false' }).default(value);
  return note(schema, description, 'switch', 'true or false', options);
}

/** One of a few words. */
export function choice<const T extends readonly [string, ...string[]]>(
  words: T,
  value: T[number],
  description: string,
  options?: LeafOptions,
) {
  const allowed = `one of ${words.join(', ')}`;
  const schema = z.enum(words, { error: `must be ${allowed}` });
  return note(schema.default(value as never), description, 'choice', allowed, options);
}

/** A text that is checked by `schema`. */
export function text<T extends z.ZodType>(
  schema: T,
  allowed: string,
  description: string,
  options?: LeafOptions,
): T {
  return note(schema, description, 'text', allowed, options);
}

/** A path of a file that may be absent. */
export function optionalPath(description: string, options?: LeafOptions) {
  const error = 'must be a path or null';
  return text(
    z.string({ error }).min(1, { error }).nullable().default(null),
    'a path or null',
    description,
    options,
  );
}

/** A leaf that is not one scalar. */
export function special<T extends z.ZodType>(
  schema: T,
  kind: Extract<LeafKind, 'rules' | 'addresses' | 'users' | 'integer' | 'switch'>,
  allowed: string,
  description: string,
  options?: LeafOptions,
): T {
  return note(schema, description, kind, allowed, options);
}

/** An object whose unknown keys are errors and which is filled with defaults when it is left out. */
export function section<T extends z.ZodRawShape>(description: string, shape: T) {
  const schema = z.strictObject(shape, {
    error: (issue) => (issue.code === 'invalid_type' ? 'must be a map' : undefined),
  });
  // The keys all have defaults, which the shape's type does not say.
  return schema.prefault({} as never).describe(description);
}
