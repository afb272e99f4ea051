/** Keys of every type and encoding, as commands; and what more than the value is to be equal. Data and little else. */
import type { RawArgument } from '../../support/raw-client.ts';
import type { ServerName } from '../../support/servers.ts';

const FAR_MS = 4_000_000_000_000;
const NUMBERS = ['0', '1', '-1', '127', '-128', '128', '32767', '-32769', '2147483647', '-2147483649'];
const WIDE = ['9007199254740993', '-9223372036854775808', '9223372036854775807', '4294967296'];
const TEXTS = [
  'a',
  '',
  '007',
  '1.5',
  'x'.repeat(63),
  'y'.repeat(64),
  '\x00\xff\r\n',
  'é',
  '12345678901234567890',
];

export type Line = readonly RawArgument[];

function numbered(count: number, make: (index: number) => string): string[] {
  return Array.from({ length: count }, (_, index) => make(index));
}

function strings(): Line[] {
  const random = Buffer.from(
    numbered(5000, (at) => String.fromCharCode((at * 7919) % 251)).join(''),
    'latin1',
  );
  return [
    ...[...NUMBERS, ...WIDE, ...TEXTS].map(
      (text, at): Line => ['SET', `s:${at}`, Buffer.from(text, 'latin1')],
    ),
    ['SET', 's:long', 'ab'.repeat(50_000)],
    ['SET', 's:random', random],
    ['APPEND', 's:raw', '123'],
    ['SETBIT', 's:bits', '100000', '1'],
    ['SET', 's:due', 'v', 'PXAT', String(FAR_MS)],
    ['PFADD', 's:hll', ...numbered(50, (at) => `m${at}`)],
    ['PFADD', 's:hll-dense', ...numbered(5000, (at) => `m${at}`)],
  ];
}

function lists(): Line[] {
  return [
    ['RPUSH', 'l:small', ...NUMBERS, ...WIDE, ...TEXTS],
    ['RPUSH', 'l:one', 'x'],
    ['RPUSH', 'l:nodes', ...numbered(3000, (at) => `element ${at} ${'z'.repeat(at % 50)}`)],
    ['RPUSH', 'l:large', 'first', 'L'.repeat(20_000), 'last', 'M'.repeat(9000), '5'],
    ['RPUSH', 'l:middle', ...numbered(5, (at) => 'q'.repeat(100 * (at + 1) ** 2))],
  ];
}

function sets(): Line[] {
  return [
    ['SADD', 't:16', '1', '-5', '32767'],
    ['SADD', 't:32', '1', '-5', '70000'],
    ['SADD', 't:64', '1', '-5', ...WIDE],
    ['SADD', 't:small', ...TEXTS, ...NUMBERS],
    ['SADD', 't:table', ...numbered(1000, (at) => `m${at}`), 'k'.repeat(200)],
    ['SADD', 't:numbers', ...numbered(1000, (at) => String(at * 3))],
  ];
}

function sortedSets(): Line[] {
  const scores = [
    '0',
    '-0',
    '1',
    '1.5',
    '-2.25',
    '1e100',
    '1e-7',
    'inf',
    '-inf',
    '0.1',
    '3000000000',
    '123456789012345678',
  ];
  return [
    ['ZADD', 'z:small', ...scores.flatMap((score, at) => [score, `m${at}`]), '5', '77'],
    ['ZADD', 'z:tree', ...scores.flatMap((score, at) => [score, `m${at}${'w'.repeat(70)}`])],
    ['ZADD', 'z:many', ...numbered(500, (at) => String(at / 7)).flatMap((score, at) => [score, `m${at}`])],
    ['GEOADD', 'z:geo', '13.361389', '38.115556', 'Palermo', '15.087269', '37.502669', 'Catania'],
  ];
}

function hashes(hasFieldTimes: boolean): Line[] {
  const pairs = [...NUMBERS, ...TEXTS].flatMap((text, at) => [`f${at}`, Buffer.from(text, 'latin1')]);
  const plain: Line[] = [
    ['HSET', 'h:small', ...pairs, '17', '18'],
    ['HSET', 'h:table', ...numbered(700, (at) => `f${at}`).flatMap((field) => [field, `v${field}`])],
    ['HSET', 'h:long', 'f', 'v'.repeat(100), 'g', '1'],
  ];
  if (!hasFieldTimes) return plain;
  return [
    ...plain,
    ['HSET', 'h:timed', 'a', '1', 'b', '2', 'c', '3'],
    ['HPEXPIREAT', 'h:timed', String(FAR_MS), 'FIELDS', '1', 'a'],
    ['HPEXPIREAT', 'h:timed', String(FAR_MS - 5000), 'FIELDS', '1', 'c'],
    ['HSET', 'h:timed-table', ...numbered(700, (at) => `f${at}`).flatMap((field) => [field, `v${field}`])],
    ['HPEXPIREAT', 'h:timed-table', String(FAR_MS), 'FIELDS', '2', 'f1', 'f699'],
    ['HPEXPIREAT', 'h:timed-table', String(FAR_MS + 77), 'FIELDS', '1', 'f300'],
    ['HSET', 'h:persisted', 'a', '1', 'b', '2'],
    ['HPEXPIREAT', 'h:persisted', String(FAR_MS), 'FIELDS', '1', 'a'],
    ['HPERSIST', 'h:persisted', 'FIELDS', '1', 'a'],
  ];
}

function streams(): Line[] {
  return [
    ...numbered(250, String).map(
      (at): Line => ['XADD', 'x:nodes', `${1000 + Number(at)}-1`, 'name', `n${at}`, 'age', at],
    ),
    ['XADD', 'x:nodes', '2000-1', 'other', 'fields', 'than', 'before', '3', '4'],
    ['XDEL', 'x:nodes', '1000-1', '1100-1', '1101-1'],
    ['XGROUP', 'CREATE', 'x:nodes', 'g', '0'],
    ['XGROUP', 'CREATE', 'x:nodes', 'idle', '1050-1'],
    ['XREADGROUP', 'GROUP', 'g', 'alice', 'COUNT', '5', 'STREAMS', 'x:nodes', '>'],
    ['XREADGROUP', 'GROUP', 'g', 'bob', 'COUNT', '3', 'STREAMS', 'x:nodes', '>'],
    ['XGROUP', 'CREATECONSUMER', 'x:nodes', 'idle', 'nobody'],
    ['XADD', 'x:empty', '5-5', 'f', 'v'],
    ['XDEL', 'x:empty', '5-5'],
    ['XGROUP', 'CREATE', 'x:new', 'g', '$', 'MKSTREAM'],
    ['XADD', 'x:far', '1-1', 'f', 'v'],
    ['XADD', 'x:far', '18446744073709551614-18446744073709551615', 'f', 'v'],
  ];
}

/** Commands that make all keys. */
export function dumpData(server: ServerName): readonly Line[] {
  const hasFieldTimes = server === 'redis-8.0' || server === 'valkey-9.1';
  return [...strings(), ...lists(), ...sets(), ...sortedSets(), ...hashes(hasFieldTimes), ...streams()];
}

/** Commands whose replies must be equal, beside the value's digest. */
export function askedOf(key: string, server: ServerName): readonly Line[] {
  const lines: Line[] = [['TYPE', key]];
  if (key.startsWith('x:'))
    lines.push(['XINFO', 'STREAM', key], ['XINFO', 'GROUPS', key], ['XPENDING', key, 'g']);
  if (key.startsWith('l:')) lines.push(['LRANGE', key, '0', '-1']);
  if (key.startsWith('z:')) lines.push(['ZRANGE', key, '0', '-1']);
  const hasFieldTimes = server === 'redis-8.0' || server === 'valkey-9.1';
  if (hasFieldTimes && key.startsWith('h:')) {
    lines.push(['HPEXPIRETIME', key, 'FIELDS', '6', 'a', 'b', 'c', 'f1', 'f300', 'f699']);
  }
  return lines;
}
