/**
 * The parts of a gateway worker put together inside the test's own process, on a real transport and between real
 * servers, so that a test can look at what is left inside when clients have their replies.
 */
import { SystemClock } from '../../../src/base/clock.ts';
import { allCommands } from '../../../src/commands/catalogue.ts';
import { buildCommandTable, CommandTable } from '../../../src/commands/table.ts';
import { loadConfig } from '../../../src/config/load.ts';
import { SHARED_CLIENT_BYTES } from '../../../src/gateway/admission.ts';
import { ContextTable } from '../../../src/gateway/contexts.ts';
import { SectionRequests } from '../../../src/gateway/section-requests.ts';
import { SessionHost } from '../../../src/gateway/session-host.ts';
import { sessionSettings } from '../../../src/gateway/settings.ts';
import { Upstreams } from '../../../src/gateway/upstreams.ts';
import { DirtySlots } from '../../../src/shadow/dirty-slots.ts';
import type { DivergenceReport } from '../../../src/shadow/divergence-record.ts';
import { LatencyTable } from '../../../src/telemetry/latency.ts';
import { DROP_REASONS, VERDICTS, WorkerMetrics } from '../../../src/telemetry/metrics.ts';
import { createTransport } from '../../../src/transport/create.ts';
import type { Transport } from '../../../src/transport/transport.ts';
import type { WorkerServices } from '../../../src/upstream/services.ts';
import { SIGNS_OF_LIFE_BYTES, SignsOfLife } from '../../../src/upstream/signs-of-life.ts';
import { onCleanup } from '../../support/cleanup.ts';
import { testTransport } from '../../support/gateway.ts';
import { RawClient } from '../../support/raw-client.ts';
import { waitUntil } from '../../support/wait.ts';

export const table: CommandTable = buildCommandTable();

export interface TestServices extends WorkerServices {
  readonly transport: Transport;
  readonly metrics: WorkerMetrics;
  readonly clock: SystemClock;
  readonly logged: string[];
  /** Runs work as a batch of its own, as a worker does with what comes from elsewhere. */
  turn(work: () => void): void;
}

/** A worker's services without a worker. The transport is destroyed after the test file. */
export function makeServices(endOfTurn: () => void = () => {}, commands: CommandTable = table): TestServices {
  const transport = createTransport(testTransport());
  const clock = new SystemClock();
  const logged: string[] = [];
  const end = (): void => {
    endOfTurn();
    clock.expire();
  };
  const turn = (work: () => void): void => {
    clock.refresh();
    work();
    end();
    transport.flush();
  };
  transport.onBatchEnd(end);
  onCleanup(() => transport.destroy());
  return {
    workerIndex: 0,
    transport,
    clock,
    table: commands,
    metrics: new WorkerMetrics(
      new SharedArrayBuffer(WorkerMetrics.bytes(commands.catalogueCount)),
      commands.catalogueCount,
    ),
    life: new SignsOfLife(new SharedArrayBuffer(SIGNS_OF_LIFE_BYTES), clock),
    after: (delayMs, work) => setTimeout(() => turn(work), delayMs),
    log: (_level, message) => logged.push(message),
    logged,
    turn,
  };
}

export interface InProcessOptions {
  readonly primary: string;
  readonly shadow?: string;
  readonly environment?: Readonly<Record<string, string>>;
  /** Commands that the gateway is not to know, as if they came from a module. */
  readonly unknown?: readonly string[];
}

export interface InProcess {
  readonly services: TestServices;
  readonly upstreams: Upstreams;
  readonly host: SessionHost;
  readonly dirty: DirtySlots;
  readonly reports: DivergenceReport[];
  client(): Promise<RawClient>;
  /** Waits until nothing is accepted that is not compared or dropped. */
  idle(): Promise<void>;
  /** How many comparisons of a command ended with each verdict; those that are 0 are left out. */
  verdicts(command: string): Partial<Record<(typeof VERDICTS)[number], number>>;
  dropped(): Partial<Record<(typeof DROP_REASONS)[number], number>>;
}

/** Commands accepted for the shadow and not yet compared or dropped. */
function queued({ executor }: Upstreams): number {
  return executor.stream?.intake.queue.commands ?? 0;
}

function counts<Name extends string>(
  names: readonly Name[],
  read: (index: number) => number,
): Partial<Record<Name, number>> {
  const found: Partial<Record<Name, number>> = {};
  names.forEach((name, index) => {
    if (read(index) > 0) found[name] = read(index);
  });
  return found;
}

export async function startInProcess(options: InProcessOptions): Promise<InProcess> {
  const { primary, shadow } = options;
  const { config } = await loadConfig({
    environment: { LOCKSTEP_LISTEN: '127.0.0.1:0', ...options.environment },
    overrides: shadow === undefined ? { primary } : { primary, shadow },
  });
  let host: SessionHost | undefined;
  const known = allCommands.filter(({ name }) => options.unknown?.includes(name) !== true);
  const commands = options.unknown === undefined ? table : new CommandTable(known);
  const services = makeServices(() => host?.runLater(), commands);
  const contexts = new ContextTable();
  const dirty = new DirtySlots(new SharedArrayBuffer(DirtySlots.BYTES));
  const reports: DivergenceReport[] = [];
  const upstreams = new Upstreams(
    services,
    contexts,
    config,
    { primary: null, shadow: null },
    dirty,
    (message) => {
      if (message.type === 'divergence') reports.push(message.report);
    },
    (login, identity) => host?.noteLogin(login, identity),
  );
  const sessions = new SessionHost(
    services,
    upstreams.executor,
    contexts,
    sessionSettings(config),
    {
      clients: new SharedArrayBuffer(SHARED_CLIENT_BYTES),
      acl: null,
      latency: new SharedArrayBuffer(LatencyTable.bytes(table.catalogueCount)),
    },
    new SectionRequests(() => {}),
  );
  host = sessions;
  const ticks = setInterval(() => services.turn(() => upstreams.tick()), 50);
  onCleanup(() => clearInterval(ticks));
  const address = { kind: 'tcp', host: '127.0.0.1', port: 0 } as const;
  const listener = await services.transport.listen({ address, backlog: 16, reusePort: false }, (connection) =>
    sessions.accept(connection, false),
  );
  const { port } = listener.address as { port: number };
  await waitUntil(() => upstreams.executor.up || primary.includes(':1/'), 'the primary to be up');
  const { metrics } = services;
  return {
    services,
    upstreams,
    host: sessions,
    dirty,
    reports,
    client: () => RawClient.connect({ host: '127.0.0.1', port }),
    idle: async () => {
      await waitUntil(() => queued(upstreams) === 0, 'the shadow to catch up');
    },
    verdicts: (command) => counts(VERDICTS, (at) => metrics.comparisons(commands.byName(command), at as 0)),
    dropped: () => counts(DROP_REASONS, (at) => metrics.shadowDropped(at)),
  };
}
