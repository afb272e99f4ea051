/** An engine without a gateway: commands in, replies out, in the test's own process. */
import { ManualClock } from '../../../src/base/clock.ts';
import type { CompatibilityName } from '../../../src/commands/compatibility.ts';
import { buildCommandTable } from '../../../src/commands/table.ts';
import type { EngineClient } from '../../../src/engine/client.ts';
import { Engine } from '../../../src/engine/engine.ts';
import type { EngineMemory, EngineSettings } from '../../../src/engine/engine-memory.ts';
import { createEngineMemory } from '../../../src/engine/engine-memory.ts';
import { loadSnapshot } from '../../../src/engine/load-snapshot.ts';
import { CommandReader, CommandScanner } from '../../../src/resp/scan-command.ts';
import { encodeCommand, type RawArgument } from '../../support/raw-client.ts';

const table = buildCommandTable();

export const REQUEST_LIMITS = {
  maxBulkBytes: 512 * 1024 * 1024,
  maxArguments: 1024 * 1024,
  maxInlineBytes: 64 * 1024,
  authenticated: true,
  maxQueryBytes: 1024 * 1024 * 1024,
};

export interface TestEngineOptions {
  readonly compatibility?: CompatibilityName;
  readonly shards?: number;
  readonly arenaBytes?: number;
  /** Another engine over the same memory. */
  readonly memory?: EngineMemory;
  readonly worker?: number;
  readonly workers?: number;
  /** The snapshot file; what is there is loaded unless `memory` is given. */
  readonly snapshotPath?: string;
}

/** A client that executes commands one by one. */
export class TestEngineClient {
  readonly client: EngineClient;
  readonly #engine: Engine;
  readonly #reader = new CommandReader(REQUEST_LIMITS);
  readonly #scanner = new CommandScanner();
  /** What came without having been asked for. */
  pushed = '';

  constructor(engine: Engine) {
    this.#engine = engine;
    this.client = engine.connect({
      emit: (bytes, start, end) => {
        this.pushed += Buffer.from(bytes.slice(start, end)).toString('latin1');
      },
      proceed: () => {},
      close: () => {},
    });
  }

  /** The reply's bytes as text. */
  call(...args: readonly RawArgument[]): string {
    const bytes = encodeCommand(args);
    this.#reader.feed(bytes, 0, bytes.length);
    this.#reader.next(this.#scanner);
    this.#engine.execute(this.client, this.#scanner);
    const { writer } = this.#engine;
    const reply = Buffer.from(writer.bytes.slice(0, writer.length)).toString('latin1');
    writer.reset();
    return reply;
  }

  /** As `call`, the command in one text. */
  line(command: string): string {
    return this.call(...command.split(' '));
  }
}

export interface TestEngine {
  readonly engine: Engine;
  readonly memory: EngineMemory;
  readonly clock: ManualClock;
  client(): TestEngineClient;
}

function makeMemory(
  { workers = 4, snapshotPath }: TestEngineOptions,
  settings: EngineSettings,
): EngineMemory {
  const snapshot = snapshotPath === undefined ? {} : { snapshot: { path: snapshotPath, save: null } };
  const memory = createEngineMemory({ ...settings, ...snapshot }, workers, table.catalogueCount);
  const loaded = loadSnapshot(memory, settings.compatibility, workers);
  return { ...memory, libraries: loaded?.libraries ?? [] };
}

export function makeEngine(options: TestEngineOptions = {}): TestEngine {
  const { compatibility = 'valkey-9', shards = 4, arenaBytes = 4 * 1024 * 1024, worker = 0 } = options;
  const memory = options.memory ?? makeMemory(options, { databases: 16, shards, arenaBytes, compatibility });
  const clock = new ManualClock(1_700_000_000_000);
  const { workers = 1 } = options;
  const identity = { port: 0, address: '', maxClients: 0 };
  const engine = new Engine({ memory, worker, workers, compatibility, table, clock, identity });
  return { engine, memory, clock, client: () => new TestEngineClient(engine) };
}
