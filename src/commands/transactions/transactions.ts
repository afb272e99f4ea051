/**
 * Several commands as one.
 * Definitions only: data that every thread loads once.
 */
import { type CommandDefinition, defineCommand } from '../definition.ts';
import { PLAIN_ARRAY } from '../reply-shapes.ts';
import { EXACT, IGNORE, key, keysFrom, many, since } from '../shapes.ts';

export const multi = defineCommand({
  name: 'multi',
  summary: 'Starts a transaction.',
  group: 'transactions',
  since: since('1.2.0'),
  arity: 1,
  flags: ['fast', 'noscript', 'loading', 'stale', 'no_multi', 'allow_busy'],
  categories: ['transaction', 'fast'],
  keys: [],
  session: 'transaction',
  compare: IGNORE,
  mirror: 'none',
  variants: {
    'redis-7.0': { removeFlags: ['no_multi'] },
    'redis-8.0': { removeFlags: ['no_multi'] },
  },
  run: (context) => context.ports.transactions.begin(context),
  arguments: [],
});

export const exec = defineCommand({
  name: 'exec',
  summary: 'Executes all commands in a transaction.',
  group: 'transactions',
  since: since('1.2.0'),
  arity: 1,
  flags: ['noscript', 'loading', 'stale', 'skip_slowlog'],
  categories: ['transaction', 'slow'],
  keys: [],
  session: 'transaction',
  compare: EXACT,
  mirror: 'none',
  variants: {
    'valkey-9.1': { addFlags: ['skip_commandlog'], removeFlags: ['skip_slowlog'] },
  },
  run: (context) => context.ports.transactions.execute(context),
  resp3: PLAIN_ARRAY,
  arguments: [],
});

export const discard = defineCommand({
  name: 'discard',
  summary: 'Discards a transaction.',
  group: 'transactions',
  since: since('2.0.0'),
  arity: 1,
  flags: ['fast', 'noscript', 'loading', 'stale', 'allow_busy'],
  categories: ['transaction', 'fast'],
  keys: [],
  session: 'transaction',
  compare: IGNORE,
  mirror: 'none',
  run: (context) => context.ports.transactions.discard(context),
  arguments: [],
});

export const watch = defineCommand({
  name: 'watch',
  summary: 'Monitors changes to keys to determine the execution of a transaction.',
  group: 'transactions',
  since: since('2.2.0'),
  arity: -2,
  flags: ['fast', 'noscript', 'loading', 'stale', 'no_multi', 'allow_busy'],
  categories: ['transaction', 'fast'],
  keys: [keysFrom(1, 'RO')],
  session: 'transaction',
  compare: IGNORE,
  mirror: 'none',
  variants: {
    'redis-7.0': { removeFlags: ['no_multi'] },
    'redis-8.0': { removeFlags: ['no_multi'] },
  },
  run: (context) => context.ports.transactions.watch(context),
  arguments: [many(key())],
});

export const unwatch = defineCommand({
  name: 'unwatch',
  summary: 'Forgets about watched keys of a transaction.',
  group: 'transactions',
  since: since('2.2.0'),
  arity: 1,
  flags: ['fast', 'noscript', 'loading', 'stale', 'allow_busy'],
  categories: ['transaction', 'fast'],
  keys: [],
  session: 'transaction',
  compare: IGNORE,
  mirror: 'none',
  run: (context) => context.ports.transactions.unwatch(context),
  arguments: [],
});

export const transactionCommands: readonly CommandDefinition[] = [multi, exec, discard, watch, unwatch];
