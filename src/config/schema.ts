/**
 * Every setting of Lockstep: its name, default, limits and description. The one source for the types, the JSON
 * Schema, the documentation, the environment variables and what a reload may change. Main thread; workers get a
 * resolved `Config` by structured clone and import nothing but the type. It must not read files.
 */
import { z } from 'zod';
import { acl } from './acl-schema.ts';
import { admin } from './admin-schema.ts';
import { choice, fraction, integer, optionalPath, section, size, special, text, toggle } from './leaves.ts';
import { limits } from './limits-schema.ts';
import { listen } from './listen-schema.ts';
import { tracing } from './tracing-schema.ts';
import { parseUpstreamUrl } from './url.ts';

const HOT = { reload: true };

/** The compare rules a command can be given; a test holds them equal to the catalogue's. */
export const COMPARE_RULES = [
  'exact',
  'unordered',
  'pairs-unordered',
  'float',
  'ttl',
  'cursor',
  'error-class',
  'shape',
  'ignore',
] as const;

/** Products and versions whose behaviour the engine can take on. */
export const COMPATIBILITIES = ['valkey-9', 'valkey-8', 'redis-8', 'redis-7.2', 'redis-7.0'] as const;

const upstreamUrl = z.string({ error: 'must be a URL' }).superRefine((value, context) => {
  try {
    parseUpstreamUrl(value);
  } catch (error) {
    context.addIssue({ code: 'custom', message: (error as Error).message });
  }
});

const workersError = { error: 'must be auto or a whole number between 1 and 256' };

const workers = special(
  z
    .union([z.literal('auto'), z.int().min(1, workersError).max(256, workersError)], workersError)
    .default('auto'),
  'integer',
  'auto or a whole number between 1 and 256',
  'Worker threads; auto: one per processor this process may use, and one alone with pinned sessions, so that the ' +
    'server sees commands in the order in which clients send them.',
);

const zoneError = { error: 'must be a text or null' };
const serverNameError = { error: 'must be a host name or null' };

function upstreamTls(target: string) {
  return section(`TLS to the ${target}, used when its URL begins with rediss:// or valkeys://.`, {
    authority: optionalPath(
      'PEM file with the authorities its certificate is checked against; null: those of Node.js.',
    ),
    certificate: optionalPath('PEM file with the certificate shown to it.'),
    key: optionalPath('PEM file with the private key of that certificate.'),
    serverName: text(
      z.string(serverNameError).min(1, serverNameError).nullable().default(null),
      'a host name or null',
      'Name asked for and checked in its certificate; null: the host of the address.',
    ),
    verify: toggle(true, 'Refuse certificates that do not check out. False is for tests only.'),
  });
}

function sentinel(target: string) {
  const error = { error: 'must be a text or null' };
  const login = z.string(error).min(1, error).nullable().default(null);
  return section(`The sentinels that know where the ${target} is, where its URL names a Sentinel group.`, {
    user: text(login, 'a text or null', 'User at the sentinels; the one in the URL is for the servers.'),
    password: text(login, 'a text or null', 'Password at the sentinels.', { secret: true }),
    tls: choice(
      ['as-url', 'yes', 'no'],
      'as-url',
      'TLS to the sentinels; as-url: where the servers have it.',
    ),
    pollMs: integer(1000, [50], 'Milliseconds between questions; failovers are also told by the sentinels.'),
  });
}

const primary = section('The server whose replies clients get.', {
  url: text(
    upstreamUrl.default('engine:'),
    'a URL',
    'Where it is: redis://[user:password@]host:port[/db], rediss://, unix:///path, redis+cluster://h1:p1,h2:p2, ' +
      'redis+sentinel://h1:p1,h2:p2/name or engine:; valkey may stand for redis.',
    { secret: true },
  ),
  tls: upstreamTls('primary'),
  sentinel: sentinel('primary'),
  connectTimeoutMs: integer(2000, [1], 'Milliseconds to connect, TLS and AUTH included.'),
  waitWhenDownMs: integer(
    0,
    [0],
    'Milliseconds commands wait for a primary that is down before they get an error.',
  ),
  answerTimeoutMs: integer(
    60000,
    [0],
    'Milliseconds for which a primary that owes replies may say nothing to anybody, or nothing on a connection that ' +
      'it has no more to do for, or stop in the middle of one, before the connections with such commands are cut; ' +
      '0: for ever.',
  ),
  maxInFlightCommands: integer(
    100000,
    [1],
    'Commands one worker may have in flight before it stops reading clients.',
  ),
});

const shadow = section('The server that gets the same commands and whose replies are compared.', {
  url: text(
    upstreamUrl.nullable().default(null),
    'a URL or null',
    'Where it is, in the forms of primary.url; null: no shadow.',
    { secret: true },
  ),
  enabled: toggle(
    true,
    'Mirror commands. False leaves the shadow alone and marks the slots written as dirty.',
    HOT,
  ),
  sample: fraction(1, 0, 1, 'Share of keys that are mirrored, chosen by key hash.', HOT),
  protocol: choice(
    ['auto', 'resp2', 'resp3'],
    'auto',
    'What is spoken with it; auto: as with the primary, or RESP2 where it has no HELLO.',
  ),
  tls: upstreamTls('shadow'),
  sentinel: sentinel('shadow'),
  connectTimeoutMs: integer(2000, [1], 'Milliseconds to connect, TLS and AUTH included.'),
  queue: section('Commands that wait for the shadow. Beyond a limit they are dropped and counted.', {
    maxCommands: integer(200000, [1], 'Most commands waiting.', HOT),
    maxBytes: size('256mb', 1, 'Most bytes waiting.', HOT),
    maxAgeMs: integer(30000, [1], 'Milliseconds a command may wait.', HOT),
  }),
  breaker: section('Stops mirroring while the shadow is down.', {
    failures: integer(5, [1], 'Failures in a row that open the breaker.', HOT),
    openMs: integer(1000, [1], 'Milliseconds it stays open before one attempt.', HOT),
    timeoutMs: integer(5000, [1], 'Milliseconds without a reply that count as a failure.', HOT),
  }),
});

const upstream = section('How both servers are connected to.', {
  protocol: choice(
    ['auto', 'resp2', 'resp3'],
    'auto',
    'What is spoken with the primary; auto: what the client speaks, or RESP2 where it has no HELLO 3.',
  ),
  sessions: choice(
    ['pooled', 'pinned'],
    'pooled',
    'pooled: clients share connections where that cannot be noticed; pinned: one upstream connection per client, ' +
      'before a cluster one to each node that it uses.',
  ),
  reconnect: section('The pause between attempts to connect; it doubles from the least to the most.', {
    minMs: integer(50, [1], 'The least, in milliseconds.'),
    maxMs: integer(2000, [1], 'The most, in milliseconds.'),
  }),
  keepAliveMs: integer(
    60000,
    [0],
    'Milliseconds of silence before TCP keepalive probes, and without an answer to what was sent before a connection ' +
      'is given up; 0: neither.',
  ),
  pinnedIdleMax: integer(64, [0], 'Connections of ended sessions that one worker keeps for the next.'),
  cluster: section('Where a URL names a cluster.', {
    refreshMs: integer(
      10000,
      [100],
      'Milliseconds between questions about its topology; changes are noticed at once.',
    ),
    retryForMs: integer(
      3000,
      [1],
      'Milliseconds for which a command is tried again that no node could run: its slot moves, or its node is down.',
    ),
    reads: choice(
      ['primary', 'prefer-replica', 'zone-aware'],
      'primary',
      'Who serves reads of the primary cluster. prefer-replica: replicas, and primaries where none can; ' +
        'zone-aware: nodes in the zone below, replicas first, then other replicas. Replicas lag behind.',
    ),
    zone: text(
      z.string(zoneError).min(1, zoneError).nullable().default(null),
      'a text or null',
      'The availability zone of this gateway, as availability-zone of Valkey names them.',
    ),
  }),
  allowShutdown: toggle(
    false,
    'Pass SHUTDOWN on to the primary, or end the process where that is the engine; false: clients are refused it.',
    HOT,
  ),
  healthIntervalMs: integer(
    1000,
    [10],
    'Milliseconds between health checks; a server that does not answer for three of them counts as down.',
  ),
});

/** Command names as the catalogue writes them; `CONFIG GET` and `CONFIG|GET` are the same. */
function commandName(name: string): string {
  return name.trim().toLowerCase().replace(/[ |]+/, '|');
}

const rules = special(
  z
    .record(z.string(), z.enum(COMPARE_RULES, { error: `must be one of ${COMPARE_RULES.join(', ')}` }), {
      error: 'must be a map of command names and rules',
    })
    .transform((input) =>
      Object.fromEntries(Object.entries(input).map(([name, rule]) => [commandName(name), rule])),
    )
    .prefault({}),
  'rules',
  `a map of command names and ${COMPARE_RULES.join(', ')}`,
  'Rules that replace those of the catalogue, by command, such as { get: exact, config|get: ignore }.',
  HOT,
);

const compare = section('How replies are compared.', {
  confirm: section('A read that differs is read again on both sides before it counts.', {
    attempts: integer(3, [0, 100], 'How often; 0: a difference counts at once.', HOT),
    delayMs: integer(50, [0], 'Milliseconds before each attempt.', HOT),
  }),
  ttlToleranceMs: integer(1000, [0], 'Milliseconds by which two expiry times may differ.', HOT),
  rules,
  maxReplyBytes: size('1mb', 1, 'Longer replies are counted as skipped rather than compared.', HOT),
  divergences: section('The log of what differed.', {
    keep: integer(1000, [1, 1000000], 'Records kept; the oldest go first.', HOT),
    showKeys: toggle(false, 'Show keys in clear text beside their hash.', HOT),
    showValues: toggle(false, 'Show values rather than their type and length.', HOT),
    maxReplyBytes: size('256', 16, 'Most bytes of each reply in a record.', HOT),
  }),
});

const SAVE_ALLOWED = 'pairs of seconds and changes such as "3600 1 300 100", or null';
const SAVE_ERROR = `must be ${SAVE_ALLOWED}`;
const enginePasswordError = { error: 'must be a text of at most 500 characters, or null' };

const engine = section("Lockstep's own store, used where a URL is engine:.", {
  compatibility: choice(COMPATIBILITIES, 'valkey-9', 'The product and version it behaves like.'),
  databases: integer(16, [1, 1024], 'Databases that SELECT can choose.'),
  shards: integer(64, [1, 1024], 'Parts of the keyspace with a lock of their own; a power of two.'),
  arenaBytes: size(
    '2047mb',
    1024 * 1024,
    'Most memory of one shard. It is reserved at start and taken as it is used.',
  ),
  snapshot: section('Its data in a file, in the format of the servers (RDB), which is loaded at start.', {
    path: optionalPath('The file, made by SAVE, BGSAVE and save points. Null: nothing is saved or loaded.'),
    save: text(
      z
        .string({ error: SAVE_ERROR })
        .regex(/^[1-9]\d{0,14} \d{1,15}( [1-9]\d{0,14} \d{1,15})*$/, { error: SAVE_ERROR })
        .nullable()
        .default(null),
      SAVE_ALLOWED,
      'Save after so many seconds with so many changes, and at the end. Null: only when asked to.',
    ),
  }),
  password: text(
    z
      .string(enginePasswordError)
      .min(1, enginePasswordError)
      .max(500, enginePasswordError)
      .nullable()
      .default(null),
    'a text of at most 500 characters, or null',
    'Password of the user default (requirepass); null: clients need none.',
    { secret: true },
  ),
  aclFile: optionalPath(
    'File of users, one on each line as ACL LIST shows them, read at start and by ACL LOAD, written by ACL SAVE.',
  ),
});

const log = section('The log on standard output.', {
  level: choice(
    ['trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent'],
    'info',
    'The least level shown.',
    HOT,
  ),
  pretty: special(
    z.union([z.literal('auto'), z.boolean()], { error: 'must be auto, true or false' }).default('auto'),
    'switch',
    'auto, true or false',
    'Lines for people rather than JSON; auto: on a terminal.',
  ),
  slow: section('Slow commands as clients see them, which GET /api/v1/slowlog shows.', {
    thresholdMs: integer(
      100,
      [0, 4_000_000],
      'Milliseconds from reading a command to writing its reply that make it slow; 0: none is.',
      HOT,
    ),
    keep: integer(128, [1, 100_000], 'The newest so many of each worker are kept.', HOT),
    showArguments: toggle(
      false,
      'Keep the beginning of their arguments, except of commands that may hold passwords. It costs time per command.',
      HOT,
    ),
  }),
});

/** The whole configuration as it is written; parsing fills in the defaults and resolves sizes. */
export const configSchema = z
  .strictObject(
    {
      listen,
      workers,
      transport: choice(
        ['auto', 'native', 'node'],
        'auto',
        'How bytes move; auto: the native transport where it was built, else that of Node.js.',
      ),
      primary,
      shadow,
      upstream,
      compare,
      engine,
      acl,
      admin,
      log,
      tracing,
      limits,
    },
    { error: (issue) => (issue.code === 'invalid_type' ? 'must be a map of settings' : undefined) },
  )
  .describe('Settings of Lockstep.');

/** The configuration before the files it names have been read. */
export type ConfigDocument = z.infer<typeof configSchema>;

/** PEM texts of a listener's files; the shape of the transport's TlsServerOptions. */
export interface ListenTlsMaterial {
  readonly certificate: string;
  readonly key: string;
  readonly authority?: string;
  readonly clientCertificates: 'none' | 'optional' | 'required';
}

/** PEM texts of an upstream's files; the shape of the transport's TlsClientOptions. */
export interface UpstreamTlsMaterial {
  readonly authority?: string;
  readonly certificate?: string;
  readonly key?: string;
  readonly serverName?: string;
  readonly verify: boolean;
}

type ListenDocument = ConfigDocument['listen'][number];
type UpstreamTlsDocument = ConfigDocument['primary']['tls'];

export type ListenTls = NonNullable<ListenDocument['tls']> & { readonly material: ListenTlsMaterial };
export type ListenConfig = Omit<ListenDocument, 'tls'> & { readonly tls: ListenTls | null };
export type UpstreamTls = UpstreamTlsDocument & { readonly material: UpstreamTlsMaterial };
export type PrimaryConfig = Omit<ConfigDocument['primary'], 'tls'> & { readonly tls: UpstreamTls };
export type ShadowConfig = Omit<ConfigDocument['shadow'], 'tls'> & { readonly tls: UpstreamTls };

/** `material`: what stands in the file. */
export type AclConfig = ConfigDocument['acl'] & { readonly material: string | null };

/**
 * Fully resolved: every key is present, sizes are numbers of bytes, `workers` is a number or 'auto', and TLS files
 * have been read (`tls.material` goes straight into the transport's options). `unixMode` stays octal text. URLs and
 * addresses stay texts: see `parseUpstreamUrl` and `parseAddress`. Structured-clonable.
 */
export type Config = Omit<ConfigDocument, 'listen' | 'primary' | 'shadow' | 'acl'> & {
  readonly listen: readonly ListenConfig[];
  readonly primary: PrimaryConfig;
  readonly shadow: ShadowConfig;
  readonly acl: AclConfig;
};
