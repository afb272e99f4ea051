import { describe, expect, it } from 'vitest';
import { allCommands } from '../../../src/commands/catalogue.ts';
import type { CommandDefinition, CommandView } from '../../../src/commands/definition.ts';
import type { ServerIdentity } from '../../../src/compare/identity.ts';
import { knownDifferences } from '../../../src/compare/known-difference-data.ts';
import { explainDifference } from '../../../src/compare/known-differences.ts';
import { replyOf } from './replies.ts';

const r7: ServerIdentity = { product: 'redis', version: '7.0.15' };
const r8: ServerIdentity = { product: 'redis', version: '8.0.6' };
const v8: ServerIdentity = { product: 'valkey', version: '8.0.1' };
const v9: ServerIdentity = { product: 'valkey', version: '9.1.2' };

type Row = readonly [
  command: string,
  left: ServerIdentity,
  leftWire: string,
  right: ServerIdentity,
  rightWire: string,
  expected: string | undefined,
];

const syntax = '-ERR syntax error';
const notInteger = '-ERR value is not an integer or out of range';
const unknown = "-ERR unknown command 'X', with args beginning with: ";
const noGlobal = (name: string): string =>
  `-ERR user_script:1: Script attempted to access nonexistent global variable '${name}' script: on @user_script:1.`;

/** Replies that real servers gave, most of them. */
const rows: readonly Row[] = [
  ['RENAME a b', r7, "-CROSSSLOT Keys in request don't hash to the same slot", r7, '+OK', 'cluster-refusal'],
  ['SORT k BY w_*', r7, '-ERR BY option of SORT denied in Cluster mode.', r7, '*0', 'cluster-refusal'],
  [
    'EVAL s 0',
    r7,
    "-ERR Can not run script on cluster, 'no-cluster' flag is set.",
    r7,
    ':1',
    'cluster-refusal',
  ],
  ['SWAPDB 0 1', v9, '-ERR SWAPDB is not allowed in cluster mode', v8, '+OK', 'cluster-refusal'],
  [
    'EVAL s 0',
    v9,
    '-ERR Attempted to access a non local key in a cluster node script: x',
    r8,
    ':1',
    'cluster-refusal',
  ],
  [
    'EVAL s 0',
    v9,
    "-ERR unknown subcommand or wrong number of arguments for 'REPLICATE'. Try CLUSTER HELP.",
    v9,
    '-ERR This instance has cluster support disabled',
    'cluster-in-script',
  ],
  ['RENAME a b', v8, '-CROSSSLOT x', v8, "-CROSSSLOT Keys in request don't hash", undefined],
  ['BITCOUNT bm 0', r8, syntax, v8, ':1', 'bitcount-start-alone'],
  ['BITCOUNT bm 0', r7, syntax, v9, ':1', 'bitcount-start-alone'],
  ['BITCOUNT bm 0', r7, syntax, r8, ':1', undefined],
  ['BITCOUNT nokey 0', r7, ':0', r8, syntax, 'bit-arguments-of-missing-key'],
  ['BITCOUNT nokey a b', r7, ':0', v9, notInteger, 'bit-arguments-of-missing-key'],
  ['BITPOS nokey 1 a', r7, ':-1', v8, notInteger, 'bit-arguments-of-missing-key'],
  ['SCAN 0 TYPE foo', r8, '*2\n$1\n0\n*0', v9, "-ERR unknown type name 'foo'", 'scan-unknown-type'],
  ['SCAN -1', r7, '*2\n$1\n0\n*0', v9, '-ERR invalid cursor', 'scan-negative-cursor'],
  ['LPOS l b RANK -9223372036854775808', r7, ':2', r8, '-ERR value is out of range, x', 'lpos-lowest-rank'],
  [
    'HEXPIRE h 281474976710656 FIELDS 1 f1',
    r8,
    "-ERR invalid expire time in 'hexpire' command",
    v9,
    '*1\n:1',
    'field-expiry-limit',
  ],
  ['HEXPIRE h 100 FIELDS 1 f1', r7, unknown, v9, '*1\n:1', 'command-since'],
  ['HEXPIRE h 100 FIELDS 1 f1', v8, unknown, r8, '*1\n:1', 'command-since'],
  ['HEXPIRE h 100 FIELDS 1 f1', r8, unknown, v9, '*1\n:1', undefined],
  ['HGETDEL s FIELDS 1 f', r8, '-WRONGTYPE x', v9, syntax, 'field-expiry-errors'],
  ['ZRANK z a FOO', r7, "-ERR wrong number of arguments for 'zrank' command", v9, syntax, 'zrank-arity'],
  [
    'ZRANK z a WITHSCORE',
    r7,
    "-ERR wrong number of arguments for 'zrank' command",
    v9,
    '*-1',
    'option-since',
  ],
  [
    'ZSCAN z 0 NOVALUES',
    r7,
    syntax,
    r8,
    '-ERR NOVALUES option can only be used in HSCAN',
    'scan-option-of-hashes',
  ],
  [
    'XREAD STREAMS x +',
    r7,
    '-ERR Invalid stream ID specified as stream command argument',
    v9,
    '*-1',
    'stream-last-entry-id',
  ],
  [
    'XREAD STREAMS x z',
    r7,
    '-ERR Invalid stream ID specified as stream command argument',
    v9,
    '*-1',
    undefined,
  ],
  ['XINFO CONSUMERS x g', r7, '*0', r8, '*1\n*2\n$4\nname\n$1\nc', 'stream-consumer-of-empty-read'],
  [
    'XINFO GROUPS x',
    r8,
    '*1\n*4\n$4\nname\n$1\ng\n$3\nlag\n:0',
    v9,
    '*1\n*4\n$4\nname\n$1\ng\n$3\nlag\n:6',
    'stream-group-lag',
  ],
  [
    'XINFO GROUPS x',
    r8,
    '*1\n*4\n$4\nname\n$1\ng\n$3\nlag\n:0',
    v9,
    '*1\n*4\n$4\nname\n$1\nh\n$3\nlag\n:6',
    undefined,
  ],
  [
    'EVAL return 0',
    r7,
    '-ERR This Redis command is not allowed from script script: 55, on @user_script:1.',
    v9,
    '_',
    'script-blocking-commands',
  ],
  ['EVAL return 0', r8, noGlobal('server'), v9, ':1', 'script-globals'],
  ['EVAL return 0', v9, noGlobal('getfenv'), v8, '$1\nf', 'script-globals'],
  ['EVAL return 0', r8, noGlobal('mine'), v9, ':1', undefined],
  ['EVAL redis.REDIS_VERSION 0', r8, '$5\n8.0.6', v9, '$5\n7.2.4', 'script-server-version'],
  ['FUNCTION LOAD x', r8, noGlobal('server'), v9, '$5\nmylib', 'script-globals'],
  [
    'CLIENT REPLY OFF',
    v9,
    "-ERR Command 'client|reply' not allowed inside a transaction",
    r8,
    '+QUEUED',
    'client-reply-in-transaction',
  ],
  ['CLIENT KILL ID abc', v9, syntax, v8, '-ERR client-id should be greater than 0', 'client-filters'],
  [
    'COMMAND GETKEYS PING',
    r7,
    "-ERR wrong number of arguments for 'command|getkeys' command",
    v9,
    '-ERR The command has no key arguments',
    'command-getkeys-arity',
  ],
  [
    'COMMAND GETKEYS MSETEX 1 a 1',
    r8,
    '-ERR Invalid command specified',
    v9,
    '*1\n$1\na',
    'command-getkeys-unknown-command',
  ],
  [
    'ACL SETUSER u db=0',
    r8,
    "-ERR Error in ACL SETUSER modifier 'db=0': Syntax error",
    v9,
    '+OK',
    'acl-database-permissions',
  ],
  [
    'ACL LIST',
    r8,
    '*1\n$26\nuser a on sanitize-payload',
    v9,
    '*1\n$16\nuser a on alldbs',
    'acl-user-description',
  ],
  [
    'CLUSTER KEYSLOT a',
    r8,
    '-ERR This instance has cluster support disabled',
    v9,
    ':15495',
    'cluster-commands-without-cluster',
  ],
  [
    'READONLY',
    r8,
    '-ERR This instance has cluster support disabled',
    v8,
    '+OK',
    'cluster-commands-without-cluster',
  ],
  [
    'UNSUBSCRIBE',
    v8,
    "-NOSUB 'unsubscribe' command executed not in subscribed mode",
    v9,
    '*0',
    'unsubscribe-without-subscription',
  ],
  ['GET k', v8, '-REDIRECT 127.0.0.1:6379', r8, '$1\na', 'redirect-of-replicas'],
  ['RESTORE k 0 x', r7, '-ERR DUMP payload version or checksum are wrong', v9, '+OK', 'dump-format'],
  ['OBJECT ENCODING k', r7, '$9\nquicklist', v9, '$8\nlistpack', 'internal-layout'],
  ['SET k v IFEQ x', r8, syntax, v9, '+OK', 'option-since'],
  ['SET k IFEQ', r8, syntax, v9, '+OK', 'option-since'],
  ['GEOSEARCH g FROMMEMBER m BYPOLYGON 3 1 1 2 2 3 1', r8, syntax, v9, '*0', 'option-since'],
  [
    'CLIENT SETINFO LIB-NAME x',
    r7,
    "-ERR unknown subcommand 'SETINFO'. Try CLIENT HELP.",
    v9,
    '+OK',
    'command-since',
  ],
  ['DELIFEQ k v', r8, unknown, v9, ':1', 'command-since'],
  ['GET k', r8, '$1\na', v9, '$1\nb', undefined],
  ['GET k', r8, unknown, v9, '$1\nb', undefined],
  ['BITCOUNT bm 0', v9, syntax, v9, ':1', undefined],
];

function find(view: readonly string[]): CommandDefinition {
  const name = view[0].toLowerCase();
  const command = allCommands.find((definition) => definition.name === name);
  if (command === undefined) throw new Error(`no definition of ${name}`);
  const inner = `${name}|${view[1]?.toLowerCase()}`;
  return command.subcommands?.find((definition) => definition.name === inner) ?? command;
}

function viewOf(args: readonly string[]): CommandView {
  const spans: number[] = [];
  let at = 0;
  for (const argument of args) {
    spans.push(at, at + argument.length);
    at += argument.length + 1;
  }
  return { bytes: Buffer.from(args.join(' ')), spans: Int32Array.from(spans), count: args.length };
}

describe('explainDifference', () => {
  it.each(rows.map((row) => [`${row[0]} ${row[1].version}/${row[3].version}`, row] as const))(
    '%s',
    (_title, [line, left, leftWire, right, rightWire, expected]) => {
      const args = line.split(' ');
      const definition = find(args);
      const leftReply = replyOf(leftWire);
      const rightReply = replyOf(rightWire);
      const forth = { primary: left, shadow: right };
      expect(explainDifference(definition, viewOf(args), leftReply, rightReply, forth)).toBe(expected);
      const back = { primary: right, shadow: left };
      expect(explainDifference(definition, viewOf(args), rightReply, leftReply, back)).toBe(expected);
    },
  );

  it('names only commands of the catalogue', () => {
    const names = new Set(
      allCommands.flatMap((command) => [command, ...(command.subcommands ?? [])]).map((c) => c.name),
    );
    const unknownNames = knownDifferences
      .flatMap((known) => known.commands ?? [])
      .filter((name) => !names.has(name));
    expect(unknownNames).toEqual([]);
  });
});
