/** DUMP and RESTORE: options, errors, times. Payloads are of an old version, which every server takes. */
import { type ConformanceCase, commandsCase } from '../transcript.ts';

/** A string. */
const ABC = '"\\x00\\x03\\x61\\x62\\x63\\x09\\x00\\x09\\x5e\\x61\\xf1\\x15\\xf4\\xc1\\x53"';
/** A list of two. */
const LIST = '"\\x01\\x02\\x01\\x61\\xc0\\x05\\x09\\x00\\x97\\x51\\x26\\x45\\xa4\\x49\\xd8\\x26"';
const EMPTY = '"\\x01\\x00\\x09\\x00\\x8b\\x0a\\x74\\x00\\x38\\x91\\x20\\xe7"';
const TWICE = '"\\x02\\x02\\x01\\x61\\x01\\x61\\x09\\x00\\x87\\x4c\\x27\\xe3\\x96\\x50\\x31\\x8b"';
const UNKNOWN = '"\\x63\\x01\\x09\\x00\\x05\\x43\\x67\\xbe\\x57\\x32\\x55\\xdd"';
const NO_SUM = '"\\x00\\x01\\x61\\x09\\x00\\x00\\x00\\x00\\x00\\x00\\x00\\x00\\x00"';
const TOO_NEW = '"\\x00\\x01\\x61\\x63\\x00\\x2e\\xb6\\xfb\\x76\\x35\\xf9\\x3a\\xeb"';

export const transferEngineCases: readonly ConformanceCase[] = [
  commandsCase('RESTORE and its options', [
    'DUMP none',
    'DUMP',
    'DUMP a b',
    `RESTORE k 0 ${ABC}`,
    'GET k',
    'TTL k',
    `RESTORE k 0 ${LIST}`,
    `RESTORE k 0 ${LIST} REPLACE`,
    'LRANGE k 0 -1',
    `RESTORE k 0 ${ABC} REPLACE ABSTTL`,
    'TTL k',
    `RESTORE k 100000 ${ABC} replace`,
    'TTL k',
    `RESTORE k 33177117420123 ${ABC} ABSTTL REPLACE`,
    'PEXPIRETIME k',
    `RESTORE k 1 ${ABC} ABSTTL REPLACE`,
    'EXISTS k',
    `RESTORE new 1 ${ABC} ABSTTL`,
    'EXISTS new',
    `RESTORE k 0 ${ABC} IDLETIME 1000`,
    'OBJECT IDLETIME k',
    `RESTORE f 0 ${ABC} FREQ 10`,
    'GET f',
    `RESTORE-ASKING asked 0 ${ABC}`,
    'GET asked',
  ]),
  commandsCase('RESTORE refuses', [
    'SET k v',
    `RESTORE k 0 ${ABC}`,
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
    `RESTORE none 0 ${EMPTY}`,
    `RESTORE none 0 ${TWICE}`,
    `RESTORE none 0 ${UNKNOWN}`,
    `RESTORE none 0 ${NO_SUM}`,
    `RESTORE none 0 ${TOO_NEW}`,
    `RESTORE k 0 ${TWICE} REPLACE`,
    'GET k',
    'DBSIZE',
  ]),
  commandsCase('RESTORE in transactions, watched, and told of', [
    'MULTI',
    `RESTORE k 0 ${ABC}`,
    'GET k',
    'EXEC',
    'WATCH k',
    `RESTORE k 0 ${LIST} REPLACE`,
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
