/** Users: logins, what they may do and what they are told. */
import type { ConformanceCase } from '../transcript.ts';
import { aclClientCases } from './acl-client-cases.ts';
import { aclRuleCases } from './acl-rule-cases.ts';
import { loginCase, showLog, usersCase } from './acl-stage.ts';

const dryRuns = [
  ...[
    'MIGRATE h 1 rw 0 500',
    'MIGRATE h 1 read 0 500',
    'MIGRATE h 1 write 0 500',
    'MIGRATE h 1 x 0 5 KEYS rw',
  ],
  ...[
    'MIGRATE h 1 rw 0 5 AUTH KEYS',
    'SORT read STORE write',
    'SORT read STORE read',
    'SORT write STORE write',
  ],
  ...['SORT_RO read', 'EVAL x 1 rw1', 'EVAL x 1 read', 'EVAL_RO x 1 read', 'EVAL x 0 read', 'EVAL x -1 read'],
  ...['EVAL x 3 rw read', 'GEORADIUS read 1 2 3 M STOREDIST write', 'GEORADIUS read 1 2 3 M STORE read'],
  ...[
    'HEXISTS write f',
    'HEXISTS no f',
    'STRLEN write',
    'SINTERCARD 2 write read',
    'PFCOUNT write',
    'TOUCH write',
  ],
  ...[
    'SET write x',
    'SET write x GET',
    'SET rw x GET',
    'BITFIELD read GET u4 0',
    'BITFIELD write SET u4 0 1',
  ],
  ...[
    'COPY read write',
    'COPY write read',
    'GETSET write x',
    'LPOP write',
    'LPUSH write x',
    'LMPOP 2 rw no LEFT',
  ],
  ...[
    'XREAD STREAMS read read 0 0',
    'XREADGROUP GROUP g c STREAMS rw write 0 0',
    'OBJECT HELP',
    'OBJECT FREQ no',
  ],
  ...['ZUNIONSTORE write 2 read read', 'ZUNIONSTORE read 1 read', 'MSET write 1 no 2', 'MGET read no read1'],
  ...['MEMORY USAGE write', 'DEL write', 'GETDEL write', 'WATCH no', 'RENAME rw write', 'RENAME write rw'],
];

const rights: readonly ConformanceCase[] = [
  usersCase(
    'ACL DRYRUN: keys that commands read and write',
    ['d'],
    [
      'ACL SETUSER d +@all %R~read* %W~write* %RW~rw*',
      ...dryRuns.map((command) => `ACL DRYRUN d ${command}`),
    ],
  ),
  loginCase('a user without rights', '', async (user, all) => {
    await user.calls([
      'PING',
      'GET a',
      'ACL WHOAMI',
      'nosuch',
      'get',
      'CONFIG GET x',
      'CONFIG NOSUCH',
      'MULTI',
      'EXEC',
    ]);
    await user.calls([
      'HELLO 3',
      'GET a',
      'RESET',
      'ACL WHOAMI',
      'AUTH user x',
      'AUTH default x',
      'ACL WHOAMI',
    ]);
    await showLog(all);
    await user.calls(['AUTH user x', 'QUIT']);
  }),
  loginCase('rights to commands, keys and channels', '+@all -@dangerous +set ~a* %R~r &c*', async (user) => {
    await user.calls([
      'SET a1 x',
      'SET b x',
      'GET r',
      'SET r x',
      'GET a1',
      'MGET a1 b',
      'KEYS *',
      'FLUSHALL',
    ]);
    await user.calls([
      'PUBLISH c1 x',
      'PUBLISH d x',
      'SUBSCRIBE c1 d',
      'PSUBSCRIBE c*',
      'PUNSUBSCRIBE',
      'SPUBLISH d x',
    ]);
    await user.calls(['SSUBSCRIBE d', 'PSUBSCRIBE c1', 'PSUBSCRIBE *', 'PING', 'ACL WHOAMI']);
  }),
  loginCase('first arguments', '-@all +select|0 +get|a ~*', async (user) => {
    await user.calls(['SELECT 0', 'SELECT 1', 'SELECT', 'GET a', 'GET A', 'GET b', 'GET']);
  }),
  loginCase('subcommands', '-@all +config|get +client -client|kill', async (user) => {
    await user.calls([
      'CONFIG GET maxmemory',
      'CONFIG SET maxmemory 0',
      'CONFIG nosuch',
      'CONFIG',
      'CLIENT GETNAME',
    ]);
    await user.calls(['CLIENT KILL TYPE pubsub', 'CLIENT nosuch']);
  }),
  loginCase('selectors are not put together', '(%R~read* +@all) (%W~write* +@all)', async (user) => {
    await user.calls([
      'LPUSH writelist 10',
      'GET writestr',
      'LPUSH notwrite 10',
      'GET readstr',
      'SET readstr x',
    ]);
    await user.calls(['COPY read write', 'COPY write read', 'MGET readstr other']);
  }),
  loginCase('rights in a transaction', '+multi +exec +discard +watch +get +set ~a', async (user, all) => {
    await user.calls(['MULTI', 'GET a', 'GET b', 'EXEC', 'MULTI', 'SET a 1', 'INCR a', 'EXEC']);
    await user.calls(['MULTI', 'SET a 1', 'GET a']);
    await all.call('ACL', 'SETUSER', 'user', '-get');
    await user.calls(['EXEC', 'MULTI', 'SET a 2']);
    await all.call('ACL', 'SETUSER', 'user', 'resetkeys');
    await user.calls(['EXEC', 'MULTI']);
    await all.call('ACL', 'SETUSER', 'user', '-exec');
    await user.calls(['EXEC', 'DISCARD', 'WATCH b']);
    await showLog(all);
  }),
  loginCase('a user takes rights from itself in a transaction', '+@all ~*', async (user, all) => {
    await user.calls(['MULTI', 'SET a 1', 'ACL SETUSER user -set', 'SET a 2', 'GET a', 'EXEC', 'GET a']);
    await all.call('ACL', 'SETUSER', 'user', 'resetchannels', '&x');
    await user.calls(['MULTI', 'PUBLISH x y', 'PUBLISH z y', 'EXEC']);
  }),
  loginCase('rights in scripts', '+eval +eval_ro +evalsha +get ~a', async (user, all) => {
    await user.call('EVAL', "return redis.call('get', KEYS[1])", '1', 'a');
    await user.call('EVAL', "return redis.call('get', KEYS[1])", '1', 'b');
    await user.call('EVAL', "return redis.pcall('set', 'a', 'x')", '0');
    await user.call('EVAL', "return redis.pcall('get', 'b')", '0');
    await user.call('EVAL', "return redis.pcall('publish', 'c', 'd')", '0');
    await user.call('EVAL', "return {redis.acl_check_cmd('get', 'a'), redis.acl_check_cmd('get', 'b')}", '0');
    await user.call(
      'EVAL',
      "return {redis.acl_check_cmd('set', 'a', 'b'), redis.acl_check_cmd('ping')}",
      '0',
    );
    await user.call('EVAL', "return redis.acl_check_cmd('nosuch', 'a', 'b')", '0');
    await user.call('EVAL_RO', 'return 1', '1', 'a');
    await user.call('SCRIPT', 'LOAD', 'return 1');
    await showLog(all);
    await all.call('CONFIG', 'RESETSTAT');
    await user.call('EVAL', "return redis.call('set', 'a', 'x')", '0');
    await user.call('EVAL', "return redis.pcall('get', 'b')", '0');
    await user.call('EVAL', "return redis.pcall('nosuch')", '0');
    all.write(String(await all.quiet('INFO', 'errorstats')));
  }),
  loginCase('SORT needs a right to all keys for its patterns', '(+sort +sort_ro ~l)', async (user, all) => {
    await all.calls(['RPUSH l 2 1', 'SET v1 5', 'SET v2 4']);
    const sorts = [
      'SORT l',
      'SORT l BY v*',
      'SORT l GET v*',
      'SORT l GET #',
      'SORT l BY nosort',
      'SORT_RO l BY v*',
    ];
    await user.calls(sorts);
    await all.call('ACL', 'SETUSER', 'user', '(+sort', '~l', '~v*)');
    await user.calls(sorts);
    await all.call('ACL', 'SETUSER', 'user', '(+sort', '~l', '%W~*)');
    await user.calls(sorts);
    await all.call('ACL', 'SETUSER', 'user', '(+sort', '~l', '%R~*)');
    await user.calls(sorts);
  }),
];

/** Valkey 9.1 alone has such rules. */
function onlyOn91(one: ConformanceCase): ConformanceCase {
  return { ...one, notOn: ['redis-7.0', 'redis-8.0', 'valkey-8.0'] };
}

/** With rights to databases 1 and 3. */
const IN_DATABASE_0 = [
  ...['PING', 'GET a', 'DBSIZE', 'KEYS *', 'FLUSHDB', 'FLUSHALL', 'SELECT 0', 'SELECT 2', 'SELECT x'],
  ...['PUBLISH a b', 'SPUBLISH a b', 'EVAL return{} 0', 'WATCH a', 'OBJECT HELPX', 'XINFO HELPX'],
  ...['LOLWUT VERSION 1', 'FUNCTION FLUSH', 'FUNCTION LIST', 'SCRIPT EXISTS x', 'SWAPDB 1 3', 'SWAPDB 1 2'],
  ...['SWAPDB 2 99', 'SWAPDB x 1', 'COPY a b DB x', 'MOVE a 3', 'MULTI', 'GET a', 'EXEC', 'SELECT 1'],
];

/** The same in database 1. */
const IN_DATABASE_1 = [
  ...['SET a x', 'GET a', 'MOVE a 2', 'MOVE a x', 'MOVE a 3', 'COPY a b DB 2', 'COPY a b DB 3'],
  ...['COPY a b DB 3 DB 2', 'COPY a b DB 2 DB 3', 'FLUSHALL', 'SELECT 99', 'CLUSTER CANCELSLOTMIGRATIONS'],
  ...['DBSIZE', 'MULTI', 'GET a', 'SELECT 3'],
];

/** Valkey 9.1 alone has rules about databases; elsewhere they are no rules. */
const databases: readonly ConformanceCase[] = [
  usersCase(
    'ACL: rules about databases',
    ['d'],
    [
      'db=1,3,1',
      'DB=2,1',
      'db=01',
      'db=+1',
      'db=99',
      'db=2147483647',
      'alldbs db=5',
      'db=1 db=3',
      'resetdbs',
      'AllDBs',
      'db=1 reset',
      'resetdbs (db=1 +get) (resetdbs) (alldbs)',
      'db=',
      'db',
      'db=x',
      'db=-1',
      'db=1,,2',
      'db=2,',
      'db=2147483648',
      'db=9223372036854775808',
      'databases',
    ].flatMap((rule) => [`ACL SETUSER d ${rule}`, 'ACL GETUSER d', 'ACL LIST']),
  ),
  usersCase(
    'ACL DRYRUN: databases',
    ['d'],
    ['GET a', 'SELECT 1', 'SELECT 2', 'MOVE a 2', 'FLUSHALL', 'keys *', 'SWAPDB 1 2', 'PUBLISH a b'].flatMap(
      (command) => ['ACL SETUSER d +@all ~* &* db=1', `ACL DRYRUN d ${command}`],
    ),
  ),
  onlyOn91(
    loginCase('rights to databases', '+@all ~* &*', async (user, all) => {
      await all.call('ACL', 'SETUSER', 'user', 'db=1,3');
      await user.calls(IN_DATABASE_0);
      await user.calls(IN_DATABASE_1);
      await all.call('ACL', 'SETUSER', 'user', 'db=1');
      await user.calls(['EXEC', "EVAL return(redis.pcall('select','3')) 0", 'GET a']);
      await user.calls(["EVAL return{redis.acl_check_cmd('get','a'),redis.acl_check_cmd('select','0')} 0"]);
      await showLog(all, '20');
    }),
  ),
  onlyOn91(
    loginCase('rights to databases, keys and commands', '+get ~a db=1 (+get ~b db=0)', async (user, all) => {
      await user.calls(['GET b', 'GET a', 'SET a b']);
      await all.call('ACL', 'SETUSER', 'user', 'clearselectors', 'db=0', '(+get', '~*', 'db=2)');
      await user.calls(['GET b', 'GET a']);
    }),
  ),
];

export const aclEngineCases: readonly ConformanceCase[] = [
  ...aclRuleCases,
  ...rights,
  ...databases,
  ...aclClientCases,
];
