/**
 * What a client notices of it that the primary is a cluster. Data: `docs/transparency.md` shows it, and an entry that
 * no case meets any more fails the suite.
 */
import type { ServerName } from '../support/servers.ts';
import type { ModeName } from './modes.ts';

export interface ClusterDifference {
  readonly id: string;
  /** Commands whose replies differ, by catalogue name; `*`: any, `cluster|*`: any of CLUSTER. */
  readonly commands?: readonly string[];
  /** Only in these modes. */
  readonly modes?: readonly ModeName[];
  /** What is heard instead; whatever it is when absent. */
  readonly reply?: RegExp;
  /** Command cases (in `modes`) and conversations that are not played, by their names. */
  readonly cases?: readonly string[];
  /** Lines of conversations that may differ. */
  readonly lines?: RegExp;
  /** Releases on which it is met; all when absent. */
  readonly on?: readonly ServerName[];
  /** Gateways with which it is met; all when absent: with others, another node may be the one that answers. */
  readonly stages?: readonly string[];
  /** Where several workers speak to nodes, it is met or not by which of them the kernel gives a client to. */
  readonly isByChance?: boolean;
  readonly why: string;
}

const WITHOUT_DATABASES: readonly ServerName[] = ['redis-7.0', 'redis-8.0', 'valkey-8.0'];

export const clusterDifferences: readonly ClusterDifference[] = [
  {
    id: 'one database',
    commands: ['copy', 'move', 'select'],
    reply: /DB index is out of range|not allowed in cluster mode|cannot|is not supported/,
    cases: [
      'select',
      'reset and quit',
      'SELECT keeps databases apart',
      'CLIENT ID and INFO are of this client',
      'a user that may not SELECT stays in the database where it logged in',
      'grammar of move',
      'session commands inside MULTI',
      'WATCH in another database, and across SELECT',
    ],
    lines:
      /: SELECT \d -> -ERR SELECT is not allowed|^(watching|db5): name=.* db=0 |^monitor: \[0 |: GET in1 -> /,
    on: WITHOUT_DATABASES,
    why: 'A cluster has database 0 alone, but for Valkey 9 with `cluster-databases`, on which these are played.',
  },
  {
    id: 'keys that are not moved',
    commands: ['del'],
    reply: /^(\*1\r\n)?:\d+\r\n$/,
    on: WITHOUT_DATABASES,
    why: 'A key that `MOVE` would have taken away is still there to be deleted.',
  },
  {
    id: 'all of the databases',
    commands: ['swapdb'],
    cases: ['databases', 'SELECT keeps databases apart'],
    why: 'Nodes of a cluster refuse `SWAPDB`.',
  },
  {
    id: 'transactions on one node',
    commands: ['*'],
    modes: ['MULTI'],
    reply: /^-ERR lockstep: a transaction on a cluster runs on one node/,
    why:
      'What concerns all nodes (`CONFIG SET`, `DBSIZE`, `FLUSHALL`, `SCRIPT LOAD`, `WAIT`, `CLIENT TRACKING` …) ' +
      'cannot be part of one.',
  },
  {
    id: 'transactions that prepare',
    cases: [
      'eval',
      'script',
      'functions',
      'acl users',
      'auth',
      'config',
      'latency and slow commands',
      'client tracking opt-in',
    ],
    modes: ['MULTI'],
    why: 'They are about what a command before them has done to all nodes: see above.',
  },
  {
    id: 'about one connection',
    commands: ['asking', 'psync', 'readonly', 'readwrite', 'replconf', 'script|debug', 'sync'],
    reply: /^-ERR lockstep: this is about one connection/,
    cases: [
      'SCRIPT DEBUG',
      'session commands inside MULTI',
      'permissions for commands about clients are the user’s',
    ],
    why:
      'A client’s commands go over many connections. `SCRIPT DEBUG`, the modes of connections to nodes and what ' +
      'replicas say are refused.',
  },
  {
    id: 'client-side caching',
    cases: ['redirection inside a transaction'],
    lines: /: CLIENT TRACKING -> -ERR lockstep: a transaction/,
    why:
      '`CLIENT TRACKING` cannot be part of a transaction, which is one node’s. Where a transaction with `HELLO`, ' +
      '`AUTH` or `SELECT` changes what the connections of a client that tracks are, it is told to forget all it knows.',
  },
  {
    id: 'scripts for one server',
    lines: /-ERR Can not run script on cluster, 'no-cluster' flag is set/,
    why: 'Scripts that say so do not run on nodes.',
  },
  {
    id: 'listeners in RESP2',
    cases: [
      'RESP2 subscriber: messages, and which commands are left',
      'leaving subscriber mode by RESET and QUIT',
      'RESET',
    ],
    why:
      'A connection that has subscribed in RESP2 stays with its node: also when nothing is left to listen to, and ' +
      'after `RESET`, commands on keys of other nodes get `MOVED`.',
  },
  {
    id: 'receivers of PUBLISH',
    commands: ['publish'],
    lines: /PUBLISH |^a: #8 /,
    // With a shadow one thread speaks to the nodes, and chooses the same one for both.
    stages: ['pooled', 'pinned'],
    isByChance: true,
    why: 'A node counts its own listeners alone; a message reaches those of all nodes.',
  },
  {
    id: 'keyspace notifications',
    cases: ['keyspace notifications reach a subscriber'],
    why: 'Nodes tell their own listeners alone, and a client listens on one node.',
  },
  {
    id: 'cursors',
    commands: ['scan'],
    lines: /: SCAN 0 -> /,
    reply: /^\*2\r\n\$\d+\r\n\d+\r\n/,
    why: 'A cursor goes over all nodes, one after the other, so an iteration has more steps.',
  },
  {
    id: 'keys that a script does not name',
    lines: /: EVAL_RO return\(redis/,
    isByChance: true,
    why: 'Nodes refuse scripts that touch keys of other nodes.',
  },
  {
    id: 'one node’s view',
    commands: ['dbsize', 'info', 'keys', 'randomkey'],
    modes: ['MULTI', 'script'],
    why: 'Inside a transaction or a script they are about the node that runs it.',
  },
  {
    id: 'questions to one node',
    commands: ['debug', 'memory|stats'],
    why: '`DEBUG` and `MEMORY STATS` are about some node.',
  },
  {
    id: 'cluster commands in scripts',
    cases: [
      'cluster commands on a server that is no cluster',
      'slots move between nodes',
      'cluster modes of a connection',
    ],
    modes: ['script'],
    why: 'A plain listener hides the cluster; a script runs on a node and sees it.',
  },
  {
    id: 'cluster commands in transactions',
    commands: ['cluster|*'],
    modes: ['MULTI'],
    why: 'They are queued as questions about the gateway, whatever their arguments.',
  },
  {
    id: 'cluster commands without a cluster',
    commands: ['cluster|keyslot', 'cluster|replicate', 'clusterscan', 'readonly', 'readwrite'],
    on: ['redis-8.0', 'valkey-8.0', 'valkey-9.1'],
    why: 'A server answers some even where cluster support is disabled; a plain listener before a cluster does not.',
  },
  {
    id: 'cluster commands of later releases',
    commands: ['cluster|*'],
    reply: /cluster support disabled|wrong number of arguments for 'cluster/,
    on: WITHOUT_DATABASES,
    why: 'A plain listener says of all that there is no cluster, also where the server does not know the subcommand.',
  },
  {
    id: 'memory of a key',
    commands: ['memory|usage'],
    on: WITHOUT_DATABASES,
    why: 'Nodes of a cluster keep more of a key.',
  },
  {
    id: 'which error comes first',
    commands: ['zdiffstore', 'zinterstore', 'zunionstore'],
    reply: /^-CROSSSLOT /,
    why: 'Nodes look at slots before they look at numbers of keys that are none.',
  },
  {
    id: 'SORT by other keys',
    commands: ['sort', 'sort_ro'],
    cases: ['grammar of sort', 'sorting'],
    on: ['redis-7.0'],
    why: 'Redis 7.0 refuses `BY` and `GET` in a cluster. Later releases allow patterns with the hash tag of the key.',
  },
  {
    id: 'SORT GET #',
    commands: ['sort'],
    reply: /-ERR GET option of SORT denied/,
    on: ['valkey-8.0'],
    why: 'Valkey 8.0 refuses `GET #` in a cluster, though it names no other key.',
  },
  {
    id: 'replication',
    commands: ['replicaof', 'slaveof', 'failover'],
    why: 'Nodes refuse them: `CLUSTER REPLICATE` and `CLUSTER FAILOVER`, at the node itself, take their place.',
  },
];
