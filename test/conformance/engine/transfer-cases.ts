/** DUMP and RESTORE: options, errors, times. Payloads are of an old version, which every server takes. */
import type { RawArgument } from '../../support/raw-client.ts';
import { type ConformanceCase, commandsCase } from '../transcript.ts';

/** A command in words, between them arguments of any bytes. */
function bytes(text: readonly string[], ...payloads: readonly Buffer[]): readonly RawArgument[] {
  const words = (part: string) => part.split(' ').filter((word) => word !== '');
  return text.flatMap((part, index) => [...words(part), ...payloads.slice(index, index + 1)]);
}

/** A string. */
const ABC = Buffer.from('00036162630900095e61f115f4c153', 'hex');
/** A list of two. */
const LIST = Buffer.from('01020161c005090097512645a449d826', 'hex');
const EMPTY = Buffer.from('010009008b0a7400389120e7', 'hex');
const TWICE = Buffer.from('0202016101610900874c27e39650318b', 'hex');
const UNKNOWN = Buffer.from('63010900054367be573255dd', 'hex');
const NO_SUM = Buffer.from('00016109000000000000000000', 'hex');
const TOO_NEW = Buffer.from('00016163002eb6fb7635f93aeb', 'hex');

export const transferEngineCases: readonly ConformanceCase[] = [
  commandsCase('RESTORE and its options', [
    'DUMP none',
    'DUMP',
    'DUMP a b',
    bytes`RESTORE k 0 ${ABC}`,
    'GET k',
    'TTL k',
    bytes`RESTORE k 0 ${LIST}`,
    bytes`RESTORE k 0 ${LIST} REPLACE`,
    'LRANGE k 0 -1',
    bytes`RESTORE k 0 ${ABC} REPLACE ABSTTL`,
    'TTL k',
    bytes`RESTORE k 100000 ${ABC} replace`,
    'TTL k',
    bytes`RESTORE k 33177117420123 ${ABC} ABSTTL REPLACE`,
    'PEXPIRETIME k',
    bytes`RESTORE k 1 ${ABC} ABSTTL REPLACE`,
    'EXISTS k',
    bytes`RESTORE new 1 ${ABC} ABSTTL`,
    'EXISTS new',
    bytes`RESTORE f 0 ${ABC} FREQ 10`,
    'GET f',
    bytes`RESTORE-ASKING asked 0 ${ABC}`,
    'GET asked',
  ]),
  {
    name: 'RESTORE with an idle time',
    play: async (t) => {
      const a = await t.connect();
      await a.callList(bytes`RESTORE k 0 ${ABC} IDLETIME 1000`);
      await a.callClocked('OBJECT IDLETIME k', 1000, 1001);
    },
  },
  commandsCase('RESTORE with a frequency of use', [
    'CONFIG SET lfu-decay-time 0 maxmemory-policy allkeys-lfu',
    bytes`RESTORE k 0 ${ABC} FREQ 10`,
    'OBJECT FREQ k',
    bytes`RESTORE k 0 ${ABC} FREQ 255 REPLACE`,
    'OBJECT FREQ k',
    bytes`RESTORE k 0 ${LIST} REPLACE FREQ 0`,
    'OBJECT FREQ k',
    bytes`RESTORE k 0 ${ABC} REPLACE`,
    'OBJECT FREQ k',
    bytes`RESTORE k 0 ${ABC} REPLACE IDLETIME 1000`,
    'OBJECT FREQ k',
    'CONFIG SET lfu-decay-time 1 maxmemory-policy noeviction',
    'OBJECT FREQ k',
  ]),
  commandsCase('RESTORE refuses', [
    'SET k v',
    bytes`RESTORE k 0 ${ABC}`,
    'RESTORE k 0 x',
    'RESTORE k -1 x',
    'RESTORE k x x',
    'RESTORE none -1 x',
    'RESTORE none x x',
    'RESTORE none 0 x',
    'RESTORE none 0 ""',
    'RESTORE none 0',
    'RESTORE none 0 x BOGUS',
    'RESTORE none 0 x REPLACE IDLETIME',
    'RESTORE none 0 x FREQ',
    'RESTORE none 0 x IDLETIME x',
    'RESTORE none 0 x IDLETIME -1',
    'RESTORE none 0 x FREQ x',
    'RESTORE none 0 x FREQ -1',
    'RESTORE none 0 x FREQ 256',
    'RESTORE none 0 x FREQ 1 IDLETIME 1',
    'RESTORE none 0 x IDLETIME 1 FREQ 1',
    'RESTORE none 0 x IDLETIME 1 IDLETIME 2',
    bytes`RESTORE none 0 ${EMPTY}`,
    bytes`RESTORE none 0 ${TWICE}`,
    bytes`RESTORE none 0 ${UNKNOWN}`,
    bytes`RESTORE none 0 ${NO_SUM}`,
    bytes`RESTORE none 0 ${TOO_NEW}`,
    bytes`RESTORE k 0 ${TWICE} REPLACE`,
    'GET k',
    'DBSIZE',
  ]),
  commandsCase('RESTORE in transactions, watched, and told of', [
    'MULTI',
    bytes`RESTORE k 0 ${ABC}`,
    'GET k',
    'EXEC',
    'WATCH k',
    bytes`RESTORE k 0 ${LIST} REPLACE`,
    'MULTI',
    'PING',
    'EXEC',
  ]),
  commandsCase('MIGRATE without a target', [
    'MIGRATE 127.0.0.1 1 none 0 300000',
    'SET k v',
    'MIGRATE 127.0.0.1 1 k 0 300000',
    'MIGRATE 127.0.0.1 1 k 0 300000 COPY REPLACE',
    'MIGRATE 127.0.0.1 1 "" 0 300000 KEYS k none',
    'MIGRATE 127.0.0.1 1 "" 0 300000 KEYS none other',
    'MIGRATE 127.0.0.1 1 "" 0 300000 KEYS',
    'MIGRATE 127.0.0.1 1 "" 0 300000',
    'SET "" v',
    'MIGRATE 127.0.0.1 1 "" 0 300000',
    'DEL ""',
    'MIGRATE 127.0.0.1 1 k 0 10 KEYS k',
    'MIGRATE 127.0.0.1 1 k 0 10 BOGUS',
    'MIGRATE 127.0.0.1 1 k 0 10 AUTH',
    'MIGRATE 127.0.0.1 1 k 0 10 AUTH2 user',
    'MIGRATE 127.0.0.1 1 k x y',
    'MIGRATE 127.0.0.1 1 k 0 y',
    'MIGRATE 127.0.0.1 1 k 0',
    'EXISTS k',
  ]),
];
