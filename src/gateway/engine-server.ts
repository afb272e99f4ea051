/**
 * The engine where there is a shadow: a server in a thread of its own, which the gateway reaches by a unix socket as it
 * reaches any other server. So a long script there holds up nobody else, and all that is known of servers holds for it:
 * lanes, pinned connections, health. Its clients are the gateway's connections, and its metrics are nobody's. Main
 * thread. Cold: when it starts, ends or is changed.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { OperationalError } from '../base/errors.ts';
import type { SaveWish } from '../commands/ports.ts';
import type { CommandTable } from '../commands/table.ts';
import type { Config } from '../config/schema.ts';
import { killScript } from '../engine/script-state.ts';
import type { EngineThread } from '../telemetry/exporter.ts';
import type { Logger } from '../telemetry/log.ts';
import type { Address } from '../transport/transport.ts';
import type { EngineSockets, FromWorker, WorkerSetup } from './control.ts';
import { isEngine } from './settings.ts';
import { WorkerPeer } from './worker-peer.ts';
import { makeWorkerSetups, type WorkerSetups } from './worker-setups.ts';

type EngineRole = 'primary' | 'shadow';

export interface EngineEvents {
  /** What is not for the log. */
  hear(peer: WorkerPeer, message: FromWorker): void;
  died(setup: WorkerSetup, error: unknown): void;
}

/** Connections of the gateway for each of its clients: its own, and one on which it listens. */
const CONNECTIONS_PER_CLIENT = 2;
/** Those that clients share. */
const SHARED_CONNECTIONS = 1000;

const PLAIN_SOCKET = { tls: null, unixMode: '700', face: 'server', announce: null } as const;

class EngineServer {
  readonly role: EngineRole;
  readonly path: string;
  readonly setups: WorkerSetups;
  peer: WorkerPeer | undefined = undefined;

  constructor(role: EngineRole, config: Config, table: CommandTable, logger: Logger) {
    this.role = role;
    this.path = makeSocketPath(role);
    this.setups = makeWorkerSetups(serverConfig(config, role, this.path), table);
    logLoaded(logger, this.setups.loaded, { engine: role });
  }

  get setup(): WorkerSetup {
    return this.setups.setups[0];
  }

  /** Resolves when it can be connected to. */
  async start(logger: Logger, events: EngineEvents): Promise<void> {
    const hear = (message: FromWorker): void => {
      if (message.type !== 'log') events.hear(peer, message);
      else {
        const { level, message: text, fields } = message.record;
        logger.write(level, text, { ...fields, engine: this.role });
      }
    };
    const peer = new WorkerPeer(this.setup, { hear, died: (error) => events.died(this.setup, error) });
    this.peer = peer;
    await peer.start();
    const listening = peer.next('listening');
    peer.tell({ type: 'listen', places: [{ index: 0, address: { kind: 'unix', path: this.path } }] });
    await listening;
  }

  async reconfigure(config: Config): Promise<void> {
    const told = this.peer!.next('reconfigured');
    this.peer!.tell({ type: 'reconfigure', config: serverConfig(config, this.role, this.path) });
    await told;
  }
}

/** None without a shadow: then the engine runs in the workers of the gateway. */
export class EngineServers {
  readonly #servers: readonly EngineServer[];
  readonly #logger: Logger;

  constructor(config: Config, table: CommandTable, logger: Logger) {
    const roles = (['primary', 'shadow'] as const).filter((role) => isEngine(config[role].url));
    this.#logger = logger;
    this.#servers =
      config.shadow.url === null ? [] : roles.map((role) => new EngineServer(role, config, table, logger));
  }

  /** Where they are. */
  get sockets(): EngineSockets {
    const path = (role: EngineRole): string | null =>
      this.#servers.find((server) => server.role === role)?.path ?? null;
    return { primary: path('primary'), shadow: path('shadow') };
  }

  /** Of the primary, or of the shadow where only that is an engine. */
  get figures(): WorkerSetups['figures'] {
    return this.#servers[0]?.setups.figures;
  }

  get threads(): readonly EngineThread[] {
    return this.#servers.map(({ role, setups }) => ({ name: `engine-${role}`, metrics: setups.metrics[0] }));
  }

  async start(events: EngineEvents): Promise<void> {
    await Promise.all(this.#servers.map((server) => server.start(this.#logger, events)));
  }

  /** What INFO and CONFIG GET say of where clients connect. */
  announce(addresses: readonly Address[]): void {
    const address = addresses.find(({ kind }) => kind === 'tcp');
    if (address?.kind !== 'tcp') return;
    const { host, port } = address;
    for (const { peer } of this.#servers) peer!.tell({ type: 'announce', host, port });
  }

  async reconfigure(config: Config): Promise<void> {
    await Promise.all(this.#servers.map((server) => server.reconfigure(config)));
  }

  killScripts(): void {
    for (const { setup } of this.#servers) killScript(setup.engine!.scripts);
  }

  /** `wish`: that of a client of the primary. False: what was to be saved could not be. */
  async saveAtEnd(wish: SaveWish): Promise<boolean> {
    const saved = this.#servers.map(
      ({ peer, role }) => peer === undefined || saveEngine(peer, role === 'primary' ? wish : 'as set'),
    );
    return (await Promise.all(saved)).every(Boolean);
  }

  async terminate(): Promise<void> {
    await Promise.all(this.#servers.map(({ peer }) => peer?.worker.terminate()));
  }
}

/** The process ends. False: what was to be saved could not be. */
export async function saveEngine(peer: WorkerPeer, wish: SaveWish): Promise<boolean> {
  const saved = peer.next('saved');
  peer.tell({ type: 'save', wish });
  return (await saved).isGood;
}

export function logLoaded(logger: Logger, loaded: WorkerSetups['loaded'], fields: object): void {
  if (loaded === undefined) return;
  const { keys, expired, version } = loaded;
  logger.info('snapshot loaded', { keys, expired, version, ...fields });
}

/** In a folder that only this user can enter. */
function makeSocketPath(role: EngineRole): string {
  let folder: string;
  try {
    folder = mkdtempSync(join(tmpdir(), 'lockstep-'));
  } catch (error) {
    throw new OperationalError('listen_failed', `the socket of the engine: ${(error as Error).message}`);
  }
  process.once('exit', () => rmSync(folder, { recursive: true, force: true }));
  return join(folder, role);
}

/**
 * That of a gateway with one worker whose primary is the engine and whose clients are the other gateway's connections:
 * it never disconnects them for being idle, and, as servers do, never for reading slowly, unless they listen.
 */
function serverConfig(config: Config, role: EngineRole, path: string): Config {
  const { limits } = config;
  const maxClients = limits.maxClients * CONNECTIONS_PER_CLIENT + SHARED_CONNECTIONS;
  return {
    ...config,
    workers: 1,
    listen: [{ ...config.listen[0], ...PLAIN_SOCKET, address: `unix:${path}` }],
    primary: { ...config.primary, url: 'engine:' },
    shadow: { ...config.shadow, url: null },
    limits: { ...limits, maxClients, idleTimeoutMs: 0, maxOutputBytes: 0, softOutputBytes: 0 },
    engine: role === 'shadow' ? shadowEngine(config) : config.engine,
  };
}

/**
 * Nobody but the gateway can reach a shadow, so it needs no users. Beside an engine as primary it begins with that
 * one's snapshot, and leaves the file to it.
 */
function shadowEngine({ engine, primary }: Config): Config['engine'] {
  const snapshot = isEngine(primary.url) ? { ...engine.snapshot, save: null } : engine.snapshot;
  return { ...engine, password: null, aclFile: null, snapshot };
}
