/** Cases of the commands about the server itself, of ACL, COMMAND, CONFIG, modules and clusters. */
import { type CommandCase, casesOf } from '../command-text.ts';

const information = casesOf({
  info: `
    ~shape INFO server
    ~fields INFO replication
    ~fields INFO cpu
    ~fields INFO cluster
    INFO keyspace
    INFO bogus
    ~shape INFO
    ~shape INFO all
    ~shape INFO everything
    ~shape INFO server clients
    SET k v
    INFO keyspace
  `,
  'small questions': `
    DBSIZE
    SET k v
    DBSIZE
    ~shape TIME
    ~shape LASTSAVE
    ~shape ROLE
    ~shape LOLWUT
    LOLWUT VERSION 5 1 1 1
    LOLWUT VERSION x
  `,
  command: `
    COMMAND COUNT
    ~unordered COMMAND
    COMMAND INFO get
    COMMAND INFO get bogus set
    COMMAND INFO config|get
    COMMAND DOCS get
    COMMAND DOCS bogus
    COMMAND DOCS get set
    ~unordered COMMAND LIST
    ~unordered COMMAND LIST FILTERBY ACLCAT hyperloglog
    ~unordered COMMAND LIST FILTERBY PATTERN xr*
    COMMAND LIST FILTERBY MODULE none
    COMMAND LIST FILTERBY BOGUS x
    COMMAND LIST BOGUS
    COMMAND GETKEYS SET k v
    COMMAND GETKEYS EVAL x 2 a b c
    COMMAND GETKEYS PING
    COMMAND GETKEYS BOGUS
    COMMAND GETKEYS GET
    COMMAND GETKEYSANDFLAGS SET k v GET
    COMMAND GETKEYSANDFLAGS MSET a 1 b 2
    COMMAND GETKEYSANDFLAGS PING
    COMMAND HELP
    COMMAND BOGUS
  `,
  'acl questions': `
    ACL CAT
    ~unordered ACL CAT hyperloglog
    ACL CAT bogus
    ACL WHOAMI
    ACL USERS
    ACL LIST
    ACL GETUSER default
    ACL GETUSER nobody
    ACL DRYRUN default GET k
    ACL DRYRUN nobody GET k
    ACL DRYRUN default BOGUS
    ~shape ACL GENPASS
    ~shape ACL GENPASS 5
    ACL GENPASS 0
    ACL GENPASS x
    ACL LOG RESET
    ACL LOG
    ACL LOG 5
    ACL LOG x
    ACL SAVE
    ACL LOAD
    ACL HELP
    ACL BOGUS
  `,
  'acl users': `
    ACL SETUSER bob
    ACL GETUSER bob
    ACL SETUSER bob on >pass ~a* %R~b* &ch* +get +@list -@dangerous (+set ~c*)
    ~shape ACL GETUSER bob
    ~shape ACL LIST
    ACL DRYRUN bob GET a1
    ACL DRYRUN bob GET z1
    ACL DRYRUN bob SET a1 v
    ACL DRYRUN bob SET c1 v
    ACL DRYRUN bob PUBLISH ch x
    ACL SETUSER bob bogus
    ACL SETUSER bob +bogus
    ACL SETUSER bob +@bogus
    ACL SETUSER bob >new <old
    ACL SETUSER bob #zz
    ACL SETUSER bob reset
    ACL GETUSER bob
    ACL SETUSER "bad name" on
    ACL DELUSER bob nobody
    ACL DELUSER default
    ACL USERS
  `,
  config: `
    CONFIG GET maxmemory
    CONFIG GET maxmemory* hz
    CONFIG GET bogus
    CONFIG SET maxmemory-samples 6
    CONFIG GET maxmemory-samples
    CONFIG SET maxmemory-samples 5
    CONFIG SET maxmemory-samples x
    CONFIG SET bogus x
    CONFIG SET maxmemory-samples
    CONFIG SET maxmemory-samples 5 maxmemory-samples 6
    CONFIG SET maxmemory-samples 5 bogus x
    CONFIG SET port x
    CONFIG RESETSTAT
    CONFIG REWRITE
    CONFIG HELP
    CONFIG BOGUS
  `,
  'latency and slow commands': `
    LATENCY RESET
    LATENCY LATEST
    LATENCY HISTORY command
    LATENCY GRAPH command
    LATENCY RESET command
    ~shape LATENCY DOCTOR
    ~shape LATENCY HISTOGRAM
    ~shape LATENCY HISTOGRAM get
    LATENCY HISTOGRAM bogus
    LATENCY HELP
    LATENCY BOGUS
    SLOWLOG RESET
    SLOWLOG LEN
    SLOWLOG GET
    SLOWLOG GET 5
    SLOWLOG GET -1
    SLOWLOG GET -5
    SLOWLOG GET x
    SLOWLOG HELP
    SLOWLOG BOGUS
    COMMANDLOG RESET slow
    COMMANDLOG LEN slow
    COMMANDLOG GET 5 slow
    COMMANDLOG GET -5 slow
    COMMANDLOG GET 5 bogus
    COMMANDLOG LEN bogus
    COMMANDLOG HELP
  `,
  memory: `
    SET k hello
    MEMORY USAGE k
    MEMORY USAGE k SAMPLES 5
    MEMORY USAGE k SAMPLES x
    MEMORY USAGE missing
    MEMORY USAGE k BOGUS
    ~fields MEMORY STATS
    ~shape MEMORY DOCTOR
    ~shape MEMORY MALLOC-STATS
    MEMORY PURGE
    MEMORY HELP
    MEMORY BOGUS
  `,
  modules: `
    MODULE LIST
    MODULE LOAD nosuch.so
    MODULE LOADEX nosuch.so
    MODULE LOADEX nosuch.so ARGS a b
    MODULE UNLOAD nosuch
    MODULE HELP
    MODULE BOGUS
  `,
  persistence: `
    SAVE
    ~shape LASTSAVE
    BGSAVE BOGUS
    ~ignore BGSAVE SCHEDULE
    ~ignore BGSAVE
    ~ignore BGREWRITEAOF
  `,
  replication: `
    REPLICAOF NO ONE
    SLAVEOF NO ONE
    REPLICAOF 127.0.0.1 x
    REPLICAOF 127.0.0.1 99999
    FAILOVER
    FAILOVER ABORT
    FAILOVER TO 127.0.0.1 1
    FAILOVER BOGUS
  `,
  databases: `
    SET k v
    SWAPDB 0 1
    GET k
    SWAPDB 0 1
    GET k
    SWAPDB 0 99
    SWAPDB x 0
    FLUSHDB ASYNC
    DBSIZE
    SET k v
    FLUSHDB SYNC
    FLUSHDB BOGUS
    SET k v
    FLUSHALL SYNC
    FLUSHALL ASYNC
    FLUSHALL BOGUS
    DBSIZE
    SET k v
    MOVE k 1
    MOVE k 1
    MOVE k 99
  `,
  debug: `
    DEBUG
    DEBUG BOGUS
    DEBUG HELP
    DEBUG SLEEP 0
    DEBUG JMAP
    SET k v
    DEBUG OBJECT missing
    ~shape DEBUG OBJECT k
    ~shape DEBUG SDSLEN k
    DEBUG DIGEST
    DEBUG DIGEST-VALUE k missing
    DEBUG STRINGMATCH-LEN 100 aaaaa
    DEBUG SET-ACTIVE-EXPIRE 1
    DEBUG ERROR "ERR made up"
    DEBUG PROTOCOL string
    DEBUG PROTOCOL bogus
    DEBUG LISTPACK missing
    ~shape DEBUG HTSTATS 0
    DEBUG CHANGE-REPL-ID
  `,
  'not to be obeyed': `
    !SHUTDOWN
    !SHUTDOWN NOSAVE NOW
    SHUTDOWN BOGUS
    SHUTDOWN ABORT
  `,
});

const clusters = casesOf({
  'cluster commands on a server that is no cluster': `
    CLUSTER INFO
    CLUSTER NODES
    CLUSTER SLOTS
    CLUSTER SHARDS
    CLUSTER LINKS
    CLUSTER MYID
    CLUSTER MYSHARDID
    CLUSTER KEYSLOT k
    CLUSTER COUNTKEYSINSLOT 0
    CLUSTER GETKEYSINSLOT 0 10
    CLUSTER REPLICAS node
    CLUSTER SLAVES node
    CLUSTER MEET 127.0.0.1 1
    CLUSTER FORGET node
    CLUSTER REPLICATE node
    CLUSTER FAILOVER
    CLUSTER RESET
    CLUSTER SAVECONFIG
    CLUSTER BUMPEPOCH
    CLUSTER SET-CONFIG-EPOCH 1
    CLUSTER COUNT-FAILURE-REPORTS node
    CLUSTER SLOT-STATS SLOTSRANGE 0 1
    CLUSTER ADDSLOTS 0
    CLUSTER ADDSLOTSRANGE 0 1
    CLUSTER DELSLOTS 0
    CLUSTER DELSLOTSRANGE 0 1
    CLUSTER SETSLOT 0 STABLE
    CLUSTER FLUSHSLOT 0
    CLUSTER FLUSHSLOTS
    CLUSTER MIGRATESLOTS SLOTSRANGE 0 1 NODE node
    CLUSTER CANCELSLOTMIGRATIONS
    CLUSTER GETSLOTMIGRATIONS
    CLUSTER HELP
    CLUSTER BOGUS
    CLUSTERSCAN 0
  `,
});

export const serverCases: readonly CommandCase[] = [...information, ...clusters];
