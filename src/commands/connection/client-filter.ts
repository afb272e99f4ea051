/**
 * The filters of CLIENT LIST and CLIENT KILL, applied to lines of CLIENT LIST. Pure; worker thread. Whether the words
 * are right, and which of them a release has, has been said before: here they are only understood.
 */
import { decodeLatin1 } from '../../base/bytes.ts';
import type { CommandView } from '../definition.ts';
import { type ClientLine, lineNumber } from './client-line.ts';

/** By option in lower case, `not-` included: the last value given. */
type Options = ReadonlyMap<string, string>;

export interface ClientFilter {
  readonly ids: ReadonlySet<string> | undefined;
  readonly notIds: ReadonlySet<string> | undefined;
  /** In the order given, one for each time. */
  readonly idList: readonly string[];
  readonly options: Options;
  readonly skipsMe: boolean;
}

/** What servers call the kinds of clients; older words too. */
const TYPE_NAMES: Readonly<Record<string, string>> = { slave: 'replica', primary: 'master' };

/** Of CLIENT LIST and the new form of CLIENT KILL: options begin at argument 2. */
export function parseClientFilter(frame: CommandView, skipsMe: boolean): ClientFilter {
  const options = new Map<string, string>();
  const lists = { id: [] as string[], 'not-id': [] as string[] };
  for (let at = 2; at < frame.count; at++) {
    const name = argumentText(frame, at).toLowerCase();
    if (name === 'id' || name === 'not-id') {
      while (/^[+-]?\d+$/.test(argumentText(frame, at + 1))) {
        at += 1;
        lists[name].push(String(Number(argumentText(frame, at))));
      }
    } else {
      at += 1;
      options.set(name, argumentText(frame, at));
    }
  }
  const skip = options.get('skipme')?.toLowerCase();
  return {
    ids: lists.id.length === 0 ? undefined : new Set(lists.id),
    notIds: lists['not-id'].length === 0 ? undefined : new Set(lists['not-id']),
    idList: lists.id,
    options,
    skipsMe: skip === undefined ? skipsMe : skip === 'yes',
  };
}

/** Of `CLIENT KILL address`, by which one may kill oneself. */
export function addressFilter(address: string): ClientFilter {
  return {
    ids: undefined,
    notIds: undefined,
    idList: [],
    options: new Map([['addr', address]]),
    skipsMe: false,
  };
}

/** Cold. Servers that know one id only go by the last. */
export function onlyLastId(filter: ClientFilter): ClientFilter {
  return filter.idList.length < 2 ? filter : { ...filter, ids: new Set(filter.idList.slice(-1)) };
}

/** `me`: the id of the client that asks. */
export function fitsFilter(filter: ClientFilter, line: ClientLine, me: number): boolean {
  const id = line.get('id') ?? '';
  if (filter.ids?.has(id) === false || filter.notIds?.has(id) === true) return false;
  if (filter.skipsMe && id === String(me)) return false;
  for (const [option, value] of filter.options) {
    const isNegated = option.startsWith('not-');
    const test = TESTS[isNegated ? option.slice(4) : option];
    if (test !== undefined && test(line, value) === isNegated) return false;
  }
  return true;
}

const TESTS: Readonly<Record<string, (line: ClientLine, value: string) => boolean>> = {
  type: (line, value) => clientType(line) === (TYPE_NAMES[value.toLowerCase()] ?? value.toLowerCase()),
  user: (line, value) => line.get('user') === value,
  addr: (line, value) => line.get('addr') === value,
  laddr: (line, value) => line.get('laddr') === value,
  maxage: (line, value) => lineNumber(line, 'age') >= Number(value),
  idle: (line, value) => lineNumber(line, 'idle') >= Number(value),
  db: (line, value) => line.get('db') === String(Number(value)),
  // Nobody has an empty name: who has none fits no name.
  name: (line, value) => value !== '' && line.get('name') === value,
  'lib-name': (line, value) => value !== '' && line.get('lib-name') === value,
  'lib-ver': (line, value) => value !== '' && line.get('lib-ver') === value,
  flags: (line, value) => hasAll(line.get('flags'), value),
  capa: (line, value) => hasAll(line.get('capa'), value),
  ip: (line, value) => hostOf(line.get('addr') ?? '') === value,
};

function hasAll(letters: string | undefined, wanted: string): boolean {
  for (const letter of wanted) if (letters?.includes(letter) !== true) return false;
  return true;
}

/** Monitors count as normal clients. */
function clientType(line: ClientLine): string {
  const flags = line.get('flags') ?? '';
  if (flags.includes('M')) return 'master';
  if (flags.includes('S')) return 'replica';
  return flags.includes('P') ? 'pubsub' : 'normal';
}

function hostOf(address: string): string {
  return address.slice(0, address.lastIndexOf(':')).replace(/^\[(.*)\]$/, '$1');
}

function argumentText({ bytes, spans, count }: CommandView, index: number): string {
  return index < count ? decodeLatin1(bytes, spans[index * 2], spans[index * 2 + 1]) : '';
}
