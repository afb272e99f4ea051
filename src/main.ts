#!/usr/bin/env node
/**
 * The composition root: reads the command line, puts the parts together, and turns signals and failures into exit
 * codes. Main thread. It holds no logic of its own beyond that.
 */
import { writeFile } from 'node:fs/promises';
import type { AdminOptions, AdminServer } from './admin/server.ts';
import { OperationalError } from './base/errors.ts';
import { type CommandLine, HELP, parseCommandLine, UsageError } from './config/arguments.ts';
import { type LoadedConfig, loadConfig } from './config/load.ts';
import { hasUsers } from './config/own-users.ts';
import { ConfigError } from './config/problems.ts';
import type { Config } from './config/schema.ts';
import { secretsOf } from './config/secrets.ts';
import { parseHeaders } from './config/tracing-schema.ts';
import { redactUrl } from './config/url.ts';
import { VERSION } from './config/version.ts';
import type { TakeOver } from './gateway/hand-over-taker.ts';
import type { Supervisor } from './gateway/supervisor.ts';
import { SecretHider } from './telemetry/hide-secrets.ts';
import type { Logger } from './telemetry/log.ts';
import type { SpanExport } from './telemetry/span-export.ts';

const EXIT_DONE = 0;
const EXIT_FAILED = 1;
const EXIT_USAGE = 2;

type WorkCommand = Extract<CommandLine, { command: 'start' | 'check' | 'report' }>;
type StartCommand = Extract<CommandLine, { command: 'start' }>;

function printError(line: string): void {
  process.stderr.write(`${line}\n`);
}

/** What is said of a bug: by the log, as soon as there is one. Node.js itself would show whatever an error holds. */
let tellBug = (error: unknown): void => {
  const text = error instanceof Error ? (error.stack ?? error.message) : String(error);
  printError(new SecretHider().text(text));
};

process.on('uncaughtException', (error) => {
  tellBug(error);
  process.exit(EXIT_FAILED);
});

/** Whoever lists processes sees their arguments: passwords in URLs are overwritten there. */
function hideArguments(): void {
  const [, ...given] = process.argv;
  const shown = given.map(redactUrl);
  if (shown.join(' ') !== given.join(' ')) process.title = [process.argv0, ...shown].join(' ');
}

/** The lines of a failure and the exit code for it; undefined for bugs. */
function describeFailure(error: unknown): { lines: readonly string[]; exitCode: number } | undefined {
  if (error instanceof ConfigError) return { lines: error.lines, exitCode: EXIT_USAGE };
  if (error instanceof UsageError) return { lines: [`lockstep: ${error.message}`], exitCode: EXIT_USAGE };
  if (!(error instanceof OperationalError)) return undefined;
  const exitCode = error.code === 'admin_exposed' || error.code === 'tls_material' ? EXIT_USAGE : EXIT_FAILED;
  return { lines: [`lockstep: ${error.message.replace(/\s*\n\s*/g, ' ')} [${error.code}]`], exitCode };
}

async function load(line: WorkCommand): Promise<LoadedConfig> {
  const loaded = await loadConfig({ file: line.file, environment: process.env, overrides: line.overrides });
  if (hasUsers(loaded.config.acl)) {
    const { checkUsers } = await import('./gateway/acl-users.ts');
    checkUsers(loaded.config);
  }
  return loaded;
}

async function check(line: WorkCommand): Promise<number> {
  const { warnings } = await load(line);
  for (const warning of warnings) printError(`warning: ${warning}`);
  process.stdout.write(`${line.file} is valid\n`);
  return EXIT_DONE;
}

async function save(file: string, text: string): Promise<void> {
  try {
    await writeFile(file, text, { mode: 0o600 });
  } catch (error) {
    const reason = (error as NodeJS.ErrnoException).code;
    throw new OperationalError('report_failed', `${file} cannot be written: ${reason}`, { cause: error });
  }
}

/** Asks the gateway that was started with these settings. */
async function report(line: Extract<CommandLine, { command: 'report' }>): Promise<number> {
  const { config } = await load(line);
  const { fetchReport } = await import('./admin/fetch-report.ts');
  const text = await fetchReport(config, line.format);
  if (line.output === undefined) process.stdout.write(text);
  else await save(line.output, text);
  return EXIT_DONE;
}

/** The first process of a container is ended by no signal that it has not asked for. */
function stopBeforeReady(): void {
  process.exit(EXIT_DONE);
}

/** First signal: drain. Second: leave at once. SIGHUP: read the configuration again. */
function handleSignals(supervisor: Supervisor, admin: AdminServer, logger: Logger): void {
  let isDraining = false;
  const stop = (signal: NodeJS.Signals): void => {
    if (isDraining) process.exit(EXIT_FAILED);
    isDraining = true;
    logger.info('draining', { signal });
    admin.drain();
    supervisor.drain().catch((error: unknown) => logger.error('drain failed', { error }));
  };
  for (const signal of ['SIGTERM', 'SIGINT'] as const) {
    process.off(signal, stopBeforeReady);
    process.on(signal, stop);
  }
  process.on('SIGHUP', () => {
    supervisor.reload().then(
      (result) => logger.info('configuration reloaded', { ...result }),
      (error: unknown) => logger.error('configuration not reloaded', { error }),
    );
  });
}

async function openAdmin(
  supervisor: Supervisor,
  logger: Logger,
  socket: Pick<AdminOptions, 'descriptor' | 'isPassedOn'>,
): Promise<AdminServer> {
  const { startAdmin } = await import('./admin/server.ts');
  try {
    return await startAdmin({ control: supervisor, logger, ...socket });
  } catch (error) {
    await supervisor.drain();
    throw error;
  }
}

/** OpenTelemetry is loaded only where it is used: it would cost memory and time. */
async function openSpans(config: Config, logger: Logger): Promise<SpanExport | undefined> {
  const { otlp, ...rest } = config.tracing;
  const { endpoint } = otlp;
  if (endpoint === null) return undefined;
  const { isEngineAlone } = await import('./gateway/settings.ts');
  if (isEngineAlone(config)) {
    logger.warn('no traces are made: there is no server but the engine in the workers');
    return undefined;
  }
  const { SpanExport } = await import('./telemetry/span-export.ts');
  const headers = parseHeaders(otlp.headers);
  return new SpanExport({ ...rest, ...otlp, endpoint, headers, version: VERSION }, logger);
}

async function findTakeOver(config: Config): Promise<TakeOver | undefined> {
  const { TakeOver } = await import('./gateway/hand-over-taker.ts');
  return TakeOver.find(config);
}

/** Takes over from the process before, when all of this one is there, and lets the next one take over from it. */
async function succeed(supervisor: Supervisor, admin: AdminServer): Promise<void> {
  await supervisor.succession.receive();
  const { duplicate } = await import('./transport/channel.ts');
  const kept = duplicate(admin.descriptor);
  supervisor.succession.offer({
    address: admin.address,
    descriptor: kept,
    leave: () => admin.leave(),
    resume: () => admin.resume(duplicate(kept)),
  });
}

/** Loads what serving needs only now, so that help and errors come at once. */
async function start(line: StartCommand): Promise<number> {
  for (const signal of ['SIGTERM', 'SIGINT'] as const) process.on(signal, stopBeforeReady);
  const { config, warnings } = await load(line);
  const { createLogger } = await import('./telemetry/log.ts');
  const { startSupervisor } = await import('./gateway/supervisor.ts');
  const logger = createLogger(config.log);
  logger.setSecrets(secretsOf(config));
  tellBug = (error) => logger.lastWords('a bug, the process stops', { error });
  for (const warning of warnings) logger.warn(warning);
  const reloadConfig = async () => (await load(line)).config;
  const takeOver = line.takesOver ? await findTakeOver(config) : undefined;
  const spans = await openSpans(config, logger);
  const supervisor = await startSupervisor({ config, logger, loadConfig: reloadConfig, takeOver, spans });
  const descriptor = await takeOver?.adminDescriptor();
  const admin = await openAdmin(supervisor, logger, { descriptor, isPassedOn: line.takesOver });
  handleSignals(supervisor, admin, logger);
  if (line.takesOver) await succeed(supervisor, admin);
  logger.announce('ready', { listen: supervisor.addresses, admin: admin.address, version: VERSION });
  const { returnMemory } = await import('./gateway/return-memory.ts');
  await returnMemory();
  const exitCode = await supervisor.closed;
  await admin.close();
  await spans?.close();
  logger.flush();
  return exitCode;
}

async function run(args: readonly string[]): Promise<number> {
  hideArguments();
  const line = parseCommandLine(args);
  if (line.command === 'start') return start(line);
  if (line.command === 'check') return check(line);
  if (line.command === 'report') return report(line);
  process.stdout.write(line.command === 'version' ? `${VERSION}\n` : HELP);
  return EXIT_DONE;
}

run(process.argv.slice(2)).then(
  (exitCode) => process.exit(exitCode),
  (error: unknown) => {
    const failure = describeFailure(error);
    if (failure === undefined) throw error;
    for (const line of failure.lines) printError(line);
    process.exit(failure.exitCode);
  },
);
