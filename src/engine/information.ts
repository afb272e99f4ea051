/**
 * What INFO tells of the engine: figures of all workers, with the names that the product and version give them. Worker
 * thread. Cold: when somebody asks, and ten times a second. Other workers' figures about clients, and rates, are those
 * of a tenth of a second ago at most; counts are of this moment.
 */
import * as os from 'node:os';
import { DENIED_CHANNEL, DENIED_COMMAND, DENIED_DATABASE, DENIED_KEY, DENIED_LOGIN } from '../acl/denial.ts';
import type { ClientState } from '../commands/client-state.ts';
import { type Compatibility, type CompatibilityName, isCalledRedis } from '../commands/compatibility.ts';
import type { CommandContext } from '../commands/context.ts';
import {
  type InformationPort,
  LISTEN_CHANNEL,
  LISTEN_PATTERN,
  LISTEN_SHARD,
  type MemoryFigure,
  type SaveWish,
} from '../commands/ports.ts';
import { heldBytes } from '../memory/allocator.ts';
import { discardedObjects } from '../store/discarded.ts';
import {
  STAT_COMMANDS,
  STAT_DIRTY,
  STAT_ERRORS,
  STAT_EVICTED,
  STAT_EXPIRED,
  STAT_EXPIRED_FIELDS,
  STAT_HITS,
  STAT_LAZY_FREED,
  STAT_MISSES,
} from '../store/statistics.ts';
import { doublings, emptyRow, figuresOf, percentileUs } from '../telemetry/latency.ts';
import type { EngineClient } from './client.ts';
import type { Engine } from './engine.ts';
import type { EngineMemory } from './engine-memory.ts';
import {
  CLIENT_FIELDS,
  MEMORY_FIELDS,
  NO_REPLICATION_FIELDS,
  PERSISTENCE_FIELDS,
  SERVER_FIELDS,
  STATS_FIELDS,
} from './info-fields.ts';
import { memoryFigures } from './memory-figures.ts';
import { KIND_PREFIX } from './registry.ts';
import {
  COUNT_BYTES_IN,
  COUNT_BYTES_OUT,
  COUNT_CONNECTIONS,
  COUNT_EVICTED_CLIENTS,
  COUNT_EVICTION_MS,
  COUNT_LONG_COMMANDS,
  COUNT_READS,
  COUNT_REJECTED,
  COUNT_SLOW_CLIENTS,
  COUNT_WRITES,
  GAUGE_CLIENT_BYTES,
  GAUGE_CLIENTS,
  GAUGE_IN_RATE,
  GAUGE_OPS,
  GAUGE_OUT_RATE,
  GAUGE_OVER_SINCE,
  GAUGE_PUBSUB,
  GAUGE_WATCHED_KEYS,
  GAUGE_WATCHING,
  PEAK_MEMORY,
  Rate,
} from './statistics.ts';
import { countWaited } from './waiting-walk.ts';

/** What only the host of the engine knows. It may change. */
export interface ServerIdentity {
  /** 0 before it listens, and without TCP. */
  port: number;
  address: string;
  maxClients: number;
  /** Absent: clients may not end the process. */
  allowsShutdown?: boolean;
  shutDown?(wish: SaveWish, isUrgent: boolean): void;
  /** The section of INFO about the gateway, when it is made. Absent: the engine is a server behind a gateway. */
  describe?(done: (section: string) => void): void;
}

const LETTERS: Readonly<Record<CompatibilityName, string>> = {
  'redis-7.0': '0',
  'redis-7.2': '7',
  'redis-8': 'R',
  'valkey-8': '8',
  'valkey-9': '9',
};
const FIELD = /^([^:]+):(.*?)(?: ([07R89]+))?$/;

type Values = Readonly<Record<string, string | number>>;
type Section = (context: CommandContext) => readonly string[];

export class Information implements InformationPort {
  readonly titles: readonly string[];
  readonly #engine: Engine;
  readonly #memory: EngineMemory;
  readonly #identity: ServerIdentity;
  readonly #rates = [new Rate(), new Rate(), new Rate()];
  readonly #sections: Readonly<Record<string, Section>> = {
    Server: (context) => this.#filled(SERVER_FIELDS, context, this.#server(context)),
    Clients: (context) => this.#filled(CLIENT_FIELDS, context, this.#clients(context)),
    Memory: (context) => this.#filled(MEMORY_FIELDS, context, this.#memoryValues()),
    Persistence: (context) => this.#filled(PERSISTENCE_FIELDS, context, this.#persistence(context)),
    Threads: () => this.#threads(),
    Stats: (context) => this.#filled(STATS_FIELDS, context, this.#stats()),
    Replication: (context) =>
      this.#filled(NO_REPLICATION_FIELDS, context, { REPLID: this.#memory.facts.replicationId }),
    CPU: () => cpuLines(),
    Modules: () => [],
    Commandstats: () => this.#commandLines(),
    Errorstats: () => this.#errorLines(),
    Latencystats: () => this.#latencyLines(),
    Cluster: () => ['cluster_enabled:0'],
    Keyspace: (context) => this.#keyspace(context.compatibility),
  };

  constructor(engine: Engine, memory: EngineMemory, identity: ServerIdentity) {
    this.#engine = engine;
    this.#memory = memory;
    this.#identity = identity;
    this.titles = Object.keys(this.#sections);
  }

  lines(title: string, context: CommandContext): readonly string[] {
    this.look();
    return this.#sections[title](context);
  }

  get startedAtMs(): number {
    return this.#memory.facts.startedAtMs;
  }

  describe(client: ClientState, done: (section: string) => void): boolean {
    this.#identity.describe?.((section) => {
      done(section);
      this.#engine.later.wake(client as EngineClient);
    });
    return this.#identity.describe !== undefined;
  }

  histogram(command: number): readonly (readonly [number, number])[] {
    const row = emptyRow();
    for (const table of this.#engine.statistics.latency) table.addTo(row, command);
    return doublings(row);
  }

  memory({ compatibility }: CommandContext): readonly MemoryFigure[] {
    const { store, statistics } = this.#engine;
    const facts = {
      peakBytes: Math.max(store.usedBytes(), statistics.greatest(PEAK_MEMORY)),
      startupBytes: this.#memory.facts.startupBytes,
      residentBytes: process.memoryUsage.rss(),
    };
    return memoryFigures(store, facts, compatibility.name);
  }

  reset(): void {
    this.#engine.store.statistics.reset();
    this.#engine.statistics.reset();
  }

  /** Ten times a second: figures of this worker that nobody keeps otherwise. */
  look(): void {
    const { statistics, clients, pubsub, store, clock } = this.#engine;
    const { cells } = statistics;
    let [listening, watching, watchedKeys] = [0, 0, 0];
    for (const client of clients.values()) {
      if (pubsub.isSubscribed(client)) listening += 1;
      if (client.watched.length > 0) watching += 1;
      watchedKeys += client.watched.length;
    }
    cells[GAUGE_PUBSUB] = listening;
    cells[GAUGE_WATCHING] = watching;
    cells[GAUGE_WATCHED_KEYS] = watchedKeys;
    const now = clock.monotonicMs;
    const [ops, bytesIn, bytesOut] = this.#rates;
    cells[GAUGE_OPS] = ops.look(store.statistics.cells[STAT_COMMANDS], now);
    cells[GAUGE_IN_RATE] = bytesIn.look(cells[COUNT_BYTES_IN], now) / 1024;
    cells[GAUGE_OUT_RATE] = bytesOut.look(cells[COUNT_BYTES_OUT], now) / 1024;
    cells[PEAK_MEMORY] = Math.max(cells[PEAK_MEMORY], store.usedBytes());
  }

  #filled(fields: readonly string[], { compatibility }: CommandContext, values: Values): string[] {
    const lines: string[] = [];
    for (const field of fields) {
      const [, name, value, levels] = FIELD.exec(field)!;
      if (levels !== undefined && !levels.includes(LETTERS[compatibility.name])) continue;
      lines.push(`${values[name] ?? name}:${values[value] ?? value}`);
    }
    return lines;
  }

  #server({ compatibility, nowMs }: CommandContext): Values {
    const { startedAtMs, runId } = this.#memory.facts;
    const { port, address } = this.#identity;
    const uptime = Math.floor((nowMs - startedAtMs) / 1000);
    return {
      MODENAME: isCalledRedis(compatibility, this.#engine.settings) ? 'redis_mode' : 'server_mode',
      REDISVERSION: compatibility.redisVersion,
      VERSION: compatibility.version,
      BUILD: '0',
      OS: `${os.type()} ${os.release()} ${os.machine()}`,
      PID: process.pid,
      RUNID: runId,
      PORT: port,
      NOWUS: Math.floor(nowMs * 1000),
      UPTIME: uptime,
      UPDAYS: Math.floor(uptime / 86_400),
      LRU: Math.floor(nowMs / 1000) & 0xffffff,
      EXECUTABLE: process.execPath,
      // What the gateway is configured by is not a file of the servers' form.
      CONFIG: '',
      LISTENER: `name=tcp,bind=${address},port=${port}`,
    };
  }

  #clients({ nowMs }: CommandContext): Values {
    const { statistics, held, tracker, store } = this.#engine;
    const waited = countWaited(store);
    const pause = held.pausedFor(nowMs);
    return {
      CLIENTS: statistics.total(GAUGE_CLIENTS),
      MAXCLIENTS: this.#identity.maxClients,
      BLOCKED: Atomics.load(new Int32Array(this.#memory.blocked), 0) + held.pausedClients,
      TRACKING: tracker.clientCount,
      PUBSUB: statistics.total(GAUGE_PUBSUB),
      WATCHING: statistics.total(GAUGE_WATCHING),
      WATCHEDKEYS: statistics.total(GAUGE_WATCHED_KEYS),
      BLOCKINGKEYS: waited.keys,
      NOKEYS: waited.onNoKey,
      PAUSEREASON: pause.ms > 0 ? 'client_pause' : 'none',
      PAUSEACTIONS: pause.ms === 0 ? 'none' : pause.isAll ? 'all' : 'write',
      PAUSEMS: pause.ms,
    };
  }

  /** `used_memory` is what the store's blocks take; the process has more, which the ratios show. */
  #memoryValues(): Values {
    const { store, statistics, settings, scripting } = this.#engine;
    const max = settings.number('maxmemory');
    const libraries = scripting.functions.libraries();
    const used = store.usedBytes();
    const held = store.shards.reduce((sum, { arena }) => sum + heldBytes(arena), 0);
    const rss = process.memoryUsage.rss();
    const startup = this.#memory.facts.startupBytes;
    const peak = Math.max(used, statistics.greatest(PEAK_MEMORY));
    const dataset = used - startup;
    return {
      ...{ USED: used, USEDH: human(used), RSS: rss, RSSH: human(rss), PEAK: peak, PEAKH: human(peak) },
      ...{ PEAKPERC: `${((used / peak) * 100).toFixed(2)}%`, SCRIPTS: scripting.count },
      FUNCTIONS: libraries.reduce((sum, { functions }) => sum + functions.length, 0),
      LIBRARIES: libraries.length,
      ...{ OVERHEAD: startup, STARTUP: startup, DATASET: dataset },
      ...{ CLIENTBYTES: statistics.total(GAUGE_CLIENT_BYTES), LAZYPENDING: discardedObjects(store) },
      DATASETPERC: `${((dataset / Math.max(1, used - startup)) * 100).toFixed(2)}%`,
      ...{ HELD: held, SYSTEM: os.totalmem(), SYSTEMH: human(os.totalmem()) },
      ...{ MAX: max, MAXH: human(max), POLICY: settings.word('maxmemory-policy') },
      ...{ FRAG: (held / used).toFixed(2), FRAGBYTES: held - used },
      ...{ RSSRATIO: (rss / held).toFixed(2), RSSOVER: rss - held },
      ...{ MEMRATIO: (rss / used).toFixed(2), MEMOVER: rss - used },
      LAZYFREED: store.statistics.total(STAT_LAZY_FREED),
    };
  }

  #persistence({ nowMs }: CommandContext): Values {
    const { snapshots, store } = this.#engine;
    return snapshots.state.figures(store.statistics.total(STAT_DIRTY), nowMs);
  }

  #stats(): Values {
    const { statistics, registry, tracker, store, clock, access } = this.#engine;
    const stored = store.statistics;
    const since = Math.min(
      ...statistics
        .each([GAUGE_OVER_SINCE])
        .flat()
        .filter((ms) => ms > 0),
    );
    const overMs = Number.isFinite(since) ? Math.max(0, Math.floor(clock.nowMs - since)) : 0;
    return {
      CONNECTIONS: statistics.total(COUNT_CONNECTIONS),
      COMMANDS: stored.total(STAT_COMMANDS),
      OPS: Math.round(statistics.total(GAUGE_OPS)),
      BYTESIN: statistics.total(COUNT_BYTES_IN),
      BYTESOUT: statistics.total(COUNT_BYTES_OUT),
      INRATE: statistics.total(GAUGE_IN_RATE).toFixed(2),
      OUTRATE: statistics.total(GAUGE_OUT_RATE).toFixed(2),
      DENIEDLOGINS: access.log.denied(DENIED_LOGIN),
      DENIEDCOMMANDS: access.log.denied(DENIED_COMMAND),
      DENIEDKEYS: access.log.denied(DENIED_KEY),
      DENIEDCHANNELS: access.log.denied(DENIED_CHANNEL),
      DENIEDDATABASES: access.log.denied(DENIED_DATABASE),
      REJECTED: statistics.total(COUNT_REJECTED),
      EXPIRED: stored.total(STAT_EXPIRED),
      EXPIREDFIELDS: stored.total(STAT_EXPIRED_FIELDS),
      EVICTED: stored.total(STAT_EVICTED),
      EVICTEDCLIENTS: statistics.total(COUNT_EVICTED_CLIENTS),
      LONGCOMMANDS: statistics.total(COUNT_LONG_COMMANDS),
      SLOWCLIENTS: statistics.total(COUNT_SLOW_CLIENTS),
      OVERMS: statistics.total(COUNT_EVICTION_MS) + overMs,
      NOWOVERMS: overMs,
      HITS: stored.total(STAT_HITS),
      MISSES: stored.total(STAT_MISSES),
      CHANNELS: registry.nameCount(LISTEN_CHANNEL),
      PATTERNS: registry.nameCount(LISTEN_PATTERN),
      SHARDCHANNELS: registry.nameCount(LISTEN_SHARD),
      TRACKEDKEYS: tracker.keyCount,
      PREFIXES: registry.nameCount(KIND_PREFIX),
      ERRORS: stored.total(STAT_ERRORS),
      READS: statistics.total(COUNT_READS),
      WRITES: statistics.total(COUNT_WRITES),
    };
  }

  /** Redis 8 shows its threads: here, the workers. */
  #threads(): readonly string[] {
    const { statistics } = this.#engine;
    return statistics
      .each([GAUGE_CLIENTS, COUNT_READS, COUNT_WRITES])
      .map(
        ([clients, reads, writes], at) =>
          `io_thread_${at}:clients=${clients},reads=${reads},writes=${writes}`,
      );
  }

  #commandLines(): readonly string[] {
    return this.#eachCommand((name, id) => {
      const { calls, microseconds, rejected, failed } = this.#engine.statistics.command(id);
      if (calls + rejected + failed === 0) return undefined;
      const each = (microseconds / Math.max(1, calls)).toFixed(2);
      return (
        `cmdstat_${name}:calls=${calls},usec=${microseconds},usec_per_call=${each},` +
        `rejected_calls=${rejected},failed_calls=${failed}`
      );
    });
  }

  #latencyLines(): readonly string[] {
    const words = this.#engine.settings.word('latency-tracking-info-percentiles').split(' ');
    const percents = words.filter((word) => word !== '').map(Number);
    return this.#eachCommand((name, id) => {
      const row = emptyRow();
      for (const table of this.#engine.statistics.latency) table.addTo(row, id);
      const { count } = figuresOf(row);
      if (count === 0) return undefined;
      const shown = percents.map((one) => `p${one}=${percentileUs(row, count, one / 100).toFixed(3)}`);
      return `latency_percentiles_usec_${name}:${shown.join(',')}`;
    });
  }

  #eachCommand(line: (name: string, id: number) => string | undefined): string[] {
    const { table } = this.#engine.plan;
    const lines: string[] = [];
    for (let id = 0; id < table.catalogueCount; id++) lines.push(line(table.labels[id], id) ?? '');
    return lines.filter((one) => one !== '');
  }

  #errorLines(): readonly string[] {
    const counts = [...this.#engine.statistics.errors()].sort(([one], [other]) => (one < other ? -1 : 1));
    return counts.map(([code, count]) => `errorstat_${code}:count=${count}`);
  }

  #keyspace({ isValkey, level }: Compatibility): readonly string[] {
    const { store } = this.#engine;
    const more =
      level < 800 || (isValkey && level < 900) ? '' : isValkey ? 'keys_with_volatile_items' : 'subexpiry';
    const lines: string[] = [];
    for (let database = 0; database < store.databases; database++) {
      const keys = store.keyCount(database);
      if (keys === 0) continue;
      const base = `db${database}:keys=${keys},expires=${store.expiryCount(database)},avg_ttl=0`;
      lines.push(more === '' ? base : `${base},${more}=0`);
    }
    return lines;
  }
}

/** As the servers' `bytesToHuman`. */
export function human(bytes: number): string {
  let [value, unit] = [bytes, 0];
  while (value >= 1024 && unit < 5) {
    value /= 1024;
    unit += 1;
  }
  return unit === 0 ? `${bytes}B` : `${value.toFixed(2)}${'BKMGTP'[unit]}`;
}

/** Of the whole process: all workers. */
function cpuLines(): readonly string[] {
  const { user, system } = process.cpuUsage();
  const [sys, usr] = [(system / 1e6).toFixed(6), (user / 1e6).toFixed(6)];
  return [
    ...[`used_cpu_sys:${sys}`, `used_cpu_user:${usr}`],
    ...['used_cpu_sys_children:0.000000', 'used_cpu_user_children:0.000000'],
    ...[`used_cpu_sys_main_thread:${sys}`, `used_cpu_user_main_thread:${usr}`],
  ];
}
