/**
 * Reads the reply to COMMAND. Cold: once per connection to the primary. Knows the reply's form on Redis 6 to 8 and
 * Valkey, in RESP2 and RESP3; what it does not understand of one command it leaves out.
 */
import { decodeText } from '../base/bytes.ts';
import { type Reply, replyInteger } from '../resp/reply.ts';
import type { KeyFlag, KeySpec } from './definition.ts';
import type { LearntCommand } from './learnt.ts';

const UNKNOWN: KeySpec = { flags: ['RW'], begin: { type: 'unknown' }, find: { type: 'unknown' } };

/** All commands the server lists; empty for a reply of another form. */
export function readCommandReply(reply: Reply): LearntCommand[] {
  return reply.items.flatMap((entry) => {
    const command = readCommand(entry);
    return command === undefined ? [] : [command];
  });
}

function readCommand(entry: Reply): LearntCommand | undefined {
  const { items } = entry;
  if (items.length < 6) return undefined;
  const [name, arity, flags, first, last, step, categories, tips, specs, subcommands] = items;
  const flagNames = texts(flags);
  return {
    name: text(name).toLowerCase(),
    arity: replyInteger(arity),
    flags: flagNames,
    categories: texts(categories),
    tips: texts(tips),
    keys:
      specs === undefined
        ? legacyKeys(flagNames, replyInteger(first), replyInteger(last), replyInteger(step))
        : specs.items.map(readSpec),
    subcommands: subcommands === undefined ? [] : readCommandReply(subcommands),
  };
}

/** Servers before Redis 7.0 know one range of keys, or that there are others. */
function legacyKeys(flags: readonly string[], first: number, last: number, step: number): KeySpec[] {
  const access: KeyFlag = flags.includes('readonly') ? 'RO' : 'RW';
  if (flags.includes('movablekeys')) return [{ ...UNKNOWN, flags: [access] }];
  if (first <= 0) return [];
  const lastKey = last < 0 ? last : last - first;
  return [
    {
      flags: [access],
      begin: { type: 'index', index: first },
      find: { type: 'range', lastKey, step, limit: 0 },
    },
  ];
}

function readSpec(reply: Reply): KeySpec {
  const fields = pairs(reply);
  const begin = pairs(fields.get('begin_search'));
  const find = pairs(fields.get('find_keys'));
  return {
    flags: texts(fields.get('flags')) as KeyFlag[],
    begin: readBegin(textOf(begin, 'type'), pairs(begin.get('spec'))),
    find: readFind(textOf(find, 'type'), pairs(find.get('spec'))),
  };
}

function readBegin(type: string, spec: ReadonlyMap<string, Reply>): KeySpec['begin'] {
  if (type === 'index') return { type, index: integerOf(spec, 'index') };
  if (type === 'keyword') {
    return { type, keyword: textOf(spec, 'keyword'), startFrom: integerOf(spec, 'startfrom') };
  }
  return UNKNOWN.begin;
}

function readFind(type: string, spec: ReadonlyMap<string, Reply>): KeySpec['find'] {
  if (type === 'range') {
    const [lastKey, step, limit] = [
      integerOf(spec, 'lastkey'),
      integerOf(spec, 'keystep'),
      integerOf(spec, 'limit'),
    ];
    return { type, lastKey, step, limit };
  }
  if (type === 'keynum') {
    return {
      type,
      keyCountIndex: integerOf(spec, 'keynumidx'),
      firstKey: integerOf(spec, 'firstkey'),
      step: integerOf(spec, 'keystep'),
    };
  }
  return UNKNOWN.find;
}

function text(reply: Reply): string {
  return decodeText(reply.bytes, reply.valueStart, reply.valueEnd);
}

function texts(reply: Reply | undefined): string[] {
  return reply === undefined ? [] : reply.items.map(text);
}

/** Maps, and the flat arrays that RESP2 has in their place. */
function pairs(reply: Reply | undefined): ReadonlyMap<string, Reply> {
  const fields = new Map<string, Reply>();
  const items = reply?.items ?? [];
  for (let at = 0; at + 1 < items.length; at += 2) fields.set(text(items[at]), items[at + 1]);
  return fields;
}

function textOf(fields: ReadonlyMap<string, Reply>, name: string): string {
  const field = fields.get(name);
  return field === undefined ? '' : text(field);
}

function integerOf(fields: ReadonlyMap<string, Reply>, name: string): number {
  const field = fields.get(name);
  return field === undefined ? 0 : replyInteger(field);
}
