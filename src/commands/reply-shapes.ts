/**
 * The shapes that replies of commands have, see `resp/reply-shape.ts`, and how arguments choose between them. Made when
 * the catalogue is loaded; the functions are called where a client and a server speak different protocol versions.
 * Knows no particular command but those whose replies are a world of their own.
 */
import { asciiBytes, parseInteger } from '../base/bytes.ts';
import {
  type AggregateShape,
  PLAIN_ARRAY,
  PLAIN_MAP,
  PLAIN_SET,
  type ReplyShape,
} from '../resp/reply-shape.ts';
import type { CommandDefinition, CommandView } from './definition.ts';
import { argumentIs, findArgument } from './effects/arguments.ts';

export { PLAIN_ARRAY, PLAIN_MAP, PLAIN_SET };

export type ShapeChooser = (command: CommandView) => ReplyShape;

/** An array of numbers, or of such arrays. */
export const DOUBLES: AggregateShape = { array: 'double' };
export const DOUBLES_OR_NULL: AggregateShape = { array: 'double', nullIsString: true };
export const MAPS: AggregateShape = { array: PLAIN_MAP };
export const SCORED: AggregateShape = { pairs: ['plain', 'double'] };
export const FIELD_PAIRS: AggregateShape = { pairs: ['plain', 'plain'] };
/** One member with its score. */
export const SCORED_MEMBER: AggregateShape = { tuple: ['plain', 'double'] };
/** Members, or where no number of them was asked for, one or none. */
export const SET_OR_MEMBER: AggregateShape = { set: 'plain', nullIsString: true };
/** A key, and members of it with their scores. */
export const POPPED_SCORED: AggregateShape = { tuple: ['plain', { array: SCORED_MEMBER }] };
export const KEY_AND_SCORED: AggregateShape = { tuple: ['plain', 'plain', 'double'] };
/** Streams with their entries; an entry that is gone has a null array in place of its fields. */
export const STREAMS: AggregateShape = { entries: ['plain', { array: { tuple: ['plain', PLAIN_ARRAY] } }] };
/** Positions, and members with theirs. */
export const POSITIONS: AggregateShape = { array: DOUBLES };
export const MEMBERS_WITH_POSITIONS: AggregateShape = { array: POSITIONS };
/** What confirms a subscription, where it is part of a reply. */
export const CONFIRMATION: AggregateShape = { push: 'plain' };

export const STREAM_INFO: AggregateShape = {
  map: 'plain',
  fields: { groups: { array: { map: 'plain', fields: { consumers: MAPS } } } },
};
export const FUNCTION_LIST: AggregateShape = {
  array: { map: 'plain', fields: { functions: { array: { map: 'plain', fields: { flags: PLAIN_SET } } } } },
};
export const FUNCTION_STATS: AggregateShape = {
  map: 'plain',
  fields: { running_script: { map: 'plain', nullIsString: true }, engines: { map: PLAIN_MAP } },
};
export const ACL_USER: AggregateShape = {
  map: 'plain',
  fields: { flags: PLAIN_SET, selectors: MAPS },
  nullIsString: true,
};
export const ACL_LOG: AggregateShape = { array: { map: 'plain', fields: { 'age-seconds': 'double' } } };
export const MEMORY_STATS: AggregateShape = {
  // Databases are maps, everything else but ratios is an integer.
  map: PLAIN_MAP,
  fields: {
    'dataset.percentage': 'double',
    'peak.percentage': 'double',
    'allocator-fragmentation.ratio': 'double',
    'allocator-rss.ratio': 'double',
    'rss-overhead.ratio': 'double',
    fragmentation: 'double',
  },
};
export const LATENCY_HISTOGRAM: AggregateShape = {
  map: { map: 'plain', fields: { histogram_usec: PLAIN_MAP } },
};
/** First and last slot, then nodes: address, port, id, more. */
export const CLUSTER_SLOTS: AggregateShape = {
  array: { array: { tuple: ['plain', 'plain', 'plain', PLAIN_MAP] } },
};
export const CLUSTER_SHARDS: AggregateShape = { array: { map: 'plain', fields: { nodes: MAPS } } };
export const SLOT_STATS: AggregateShape = { array: { tuple: ['plain', PLAIN_MAP] } };
export const HELLO_REPLY: AggregateShape = { map: 'plain', fields: { modules: MAPS } };
export const KEYS_AND_FLAGS: AggregateShape = { array: { tuple: ['plain', PLAIN_SET] } };

const KEY_SPEC: AggregateShape = {
  map: 'plain',
  fields: { flags: PLAIN_SET, begin_search: { map: PLAIN_MAP }, find_keys: { map: PLAIN_MAP } },
};
const commandEntry: ReplyShape[] = [
  'plain',
  'plain',
  PLAIN_SET,
  'plain',
  'plain',
  'plain',
  PLAIN_SET,
  PLAIN_SET,
];
export const COMMAND_LIST: AggregateShape = { array: { tuple: commandEntry, nullIsString: true } };
// Subcommands are commands.
commandEntry.push({ set: KEY_SPEC }, COMMAND_LIST);

const argumentFields: Record<string, ReplyShape> = { flags: PLAIN_SET };
const ARGUMENTS: AggregateShape = { array: { map: 'plain', fields: argumentFields } };
argumentFields.arguments = ARGUMENTS;
const documentFields: Record<string, ReplyShape> = {
  doc_flags: PLAIN_SET,
  history: PLAIN_SET,
  arguments: ARGUMENTS,
};
export const COMMAND_DOCS: AggregateShape = { map: { map: 'plain', fields: documentFields } };
documentFields.subcommands = COMMAND_DOCS;

/** `shape` when the word `name` stands at argument `from` or later, else `otherwise`. */
export function withWord(
  name: string,
  from: number,
  shape: ReplyShape,
  otherwise: ReplyShape = 'plain',
): ShapeChooser {
  const word = asciiBytes(name);
  return (command) => (findArgument(command, word, from) === -1 ? otherwise : shape);
}

/** As `withWord`, behind as many keys as argument 1 says. */
export function withWordAfterKeys(name: string, shape: ReplyShape): ShapeChooser {
  const word = asciiBytes(name);
  return (command) => {
    if (command.count < 2) return 'plain';
    const keys = parseInteger(command.bytes, command.spans[2] as number, command.spans[3] as number);
    return findArgument(command, word, 2 + keys) === -1 ? 'plain' : shape;
  };
}

/** `shape` when the command has more than `count` arguments, its name included, else `otherwise`. */
export function withMoreThan(
  count: number,
  shape: ReplyShape,
  otherwise: ReplyShape = 'plain',
): ShapeChooser {
  return (command) => (command.count > count ? shape : otherwise);
}

const HASH_TABLES = [asciiBytes('htstats'), asciiBytes('htstats-key')];
const PROTOCOL = asciiBytes('protocol');
/** DEBUG PROTOCOL gives one reply of the type it names. */
const protocolShapes: readonly (readonly [Uint8Array, ReplyShape])[] = Object.entries({
  double: 'double',
  array: PLAIN_ARRAY,
  set: PLAIN_SET,
  map: { map: 'boolean' },
  verbatim: 'verbatim',
  bignum: 'big-number',
  true: 'boolean',
  false: 'boolean',
} as const satisfies Record<string, ReplyShape>).map(([name, shape]) => [asciiBytes(name), shape]);

export function debugShape(command: CommandView): ReplyShape {
  if (command.count > 1 && HASH_TABLES.some((name) => argumentIs(command, 1, name))) return 'verbatim';
  if (command.count !== 3 || !argumentIs(command, 1, PROTOCOL)) return 'plain';
  return protocolShapes.find(([name]) => argumentIs(command, 2, name))?.[1] ?? 'plain';
}

/** The shape of the reply to a command as it was sent; commands nobody knows have plain ones. */
export function replyShape(definition: CommandDefinition | undefined, command: CommandView): ReplyShape {
  const shape = definition?.resp3 ?? 'plain';
  return typeof shape === 'function' ? shape(command) : shape;
}
