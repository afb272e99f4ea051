/**
 * What a client notices of it that the primary is a cluster. Data: `docs/transparency.md` shows it, and an entry that
 * no case meets any more fails the suite.
 */
import type { ServerName } from '../support/servers.ts';
import type { ModeName } from './modes.ts';

export interface ClusterDifference {
  readonly id: string;
  /** Commands whose replies differ, by catalogue name; `*`: any. */
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
      'RESET',
      'CLIENT ID and INFO are of this client',
      'a user that may not SELECT stays in the database it is in',
      'session commands inside MULTI',
      'WATCH in another database, and across SELECT',
    ],
    on: WITHOUT_DATABASES,
    why: 'A cluster has database 0 alone, but for Valkey 9 with `cluster-databases`, on which these are played.',
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
    why: 'What concerns all nodes (`CONFIG SET`, `DBSIZE`, `FLUSHALL`, `SCRIPT LOAD`, `WAIT` …) cannot be part of one.',
  },
  {
    id: 'scripts for transactions',
    cases: ['eval', 'script', 'functions'],
    modes: ['MULTI'],
    why: 'They begin with `SCRIPT` and `FUNCTION`, which concern all nodes: see above.',
  },
  {
    id: 'about one connection',
    commands: [
      'client|no-evict',
      'client|no-touch',
      'client|capa',
      'client|import-source',
      'client|tracking',
      'client|caching',
      'client|trackinginfo',
      'client|getredir',
      'monitor',
      'psync',
      'replconf',
      'script|debug',
      'sync',
      'waitaof',
    ],
    cases: ['client tracking', 'client tracking opt-in'],
    why: 'A client’s commands go over many connections. `CLIENT TRACKING` and `MONITOR` are not there yet.',
  },
];
