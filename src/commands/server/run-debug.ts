/**
 * What DEBUG and LOLWUT do on the engine: those subcommands that tests of clients and servers use. Worker thread. Cold:
 * nobody serves traffic with these. As valkey 8.0 `debug.c`.
 */
import { asciiBytes, equalsIgnoreCase } from '../../base/bytes.ts';
import { memoryBytes } from '../../base/memory-size.ts';
import { integerAt, isWord, word } from '../arguments.ts';
import type { CommandContext } from '../context.ts';
import type { CommandView, LockRule } from '../definition.ts';
import { runDebugDigest, runDebugDigestValue, runDebugObject, runDebugPopulate } from './debug-keys.ts';
import { runDebugProtocol } from './debug-protocol.ts';
import { runDebugReload } from './run-debug-reload.ts';

interface Subcommand {
  /** Number of arguments, DEBUG and the name included. */
  readonly least: number;
  readonly most: number;
  readonly run: (context: CommandContext) => void;
  /** As DEBUG HELP has it; absent where the servers have no line for it, or it only says what is missing. */
  readonly usage?: string;
  readonly summary?: string;
}

const SUBCOMMANDS: Readonly<Record<string, Subcommand>> = {
  digest: {
    ...{ least: 2, most: 2, run: runDebugDigest, usage: 'DIGEST' },
    summary: 'Output a hex signature representing the current DB content.',
  },
  'digest-value': {
    ...{ least: 2, most: 1024, run: runDebugDigestValue, usage: 'DIGEST-VALUE <key> [<key> ...]' },
    summary: 'Output a hex signature of the values of all the specified keys.',
  },
  error: {
    ...{ least: 3, most: 3, run: debugError, usage: 'ERROR <string>' },
    summary: 'Return a RESP protocol error with <string> as message.',
  },
  help: { least: 2, most: 2, run: debugHelp },
  object: {
    ...{ least: 3, most: 4, run: runDebugObject, usage: 'OBJECT <key> [fast]' },
    summary: 'Show low level info about `key` and associated value.',
  },
  'pause-cron': {
    ...{ least: 3, most: 3, run: debugPauseCron, usage: 'PAUSE-CRON <0|1>' },
    summary: 'Stop periodic cron job processing.',
  },
  populate: {
    ...{ least: 3, most: 5, run: runDebugPopulate, usage: 'POPULATE <count> [<prefix>] [<size>]' },
    summary: 'Create <count> string keys named key:<num>, or <prefix>:<num>.',
  },
  protocol: {
    ...{ least: 3, most: 3, run: runDebugProtocol, usage: 'PROTOCOL <type>' },
    summary: 'Reply with a test value of the specified type.',
  },
  'quicklist-packed-threshold': {
    ...{ least: 3, most: 3, run: debugPackedThreshold, usage: 'QUICKLIST-PACKED-THRESHOLD <size>' },
    summary: 'Taken, and without effect: an element that is large has a chunk of its own anyway.',
  },
  reload: {
    ...{ least: 2, most: 1024, run: runDebugReload, usage: 'RELOAD [MERGE] [NOFLUSH] [NOSAVE]' },
    summary: 'Save the data, drop them, and load them again.',
  },
  replybuffer: {
    ...{ least: 4, most: 4, run: debugReplyBuffer, usage: 'REPLYBUFFER <PEAK-RESET-TIME|RESIZING> <value>' },
    summary: 'Taken, and without effect: a client has no reply buffer that would be made smaller.',
  },
  'set-active-expire': {
    ...{ least: 3, most: 3, run: debugSetActiveExpire, usage: 'SET-ACTIVE-EXPIRE <0|1>' },
    summary: 'Setting it to 0 disables expiring keys in background when they are not accessed.',
  },
  'set-disable-deny-scripts': { least: 3, most: 3, run: debugAnyScript },
  sleep: {
    ...{ least: 3, most: 3, run: debugSleep, usage: 'SLEEP <seconds>' },
    summary: 'Stop the worker for <seconds>. Decimals allowed.',
  },
  loadaof: { least: 2, most: 2, run: notReloaded },
};

export function runDebug(context: CommandContext): void {
  const name = context.text(1);
  const found = Object.hasOwn(SUBCOMMANDS, name.toLowerCase()) ? SUBCOMMANDS[name.toLowerCase()] : undefined;
  if (found !== undefined && context.count >= found.least && context.count <= found.most) found.run(context);
  else refuse(context);
}

function refuse(context: CommandContext): void {
  const name = context.shown(1).slice(0, 128);
  context.error(`ERR unknown subcommand or wrong number of arguments for '${name}'. Try DEBUG HELP.`);
}

const DIGEST = asciiBytes('digest');
const RELOAD = asciiBytes('reload');

/** A digest is that of one moment: nothing changes meanwhile. Loading brings functions as well. */
export function debugLocks({ bytes, spans, count }: CommandView): LockRule {
  if (count < 2) return 'self';
  if (equalsIgnoreCase(bytes, spans[2], spans[3], RELOAD)) return 'everything';
  return equalsIgnoreCase(bytes, spans[2], spans[3], DIGEST) ? 'all' : 'self';
}

function debugHelp(context: CommandContext): void {
  const shown = Object.values(SUBCOMMANDS).filter(({ usage }) => usage !== undefined);
  context.array(3 + 2 * shown.length);
  context.simple('DEBUG <subcommand> [<arg> [value] [opt] ...]. Subcommands are:');
  for (const { usage, summary } of shown) {
    context.simple(String(usage));
    context.simple(`    ${summary}`);
  }
  context.simple('HELP');
  context.simple('    Print this help.');
}

/** Stops this worker, as it stops a server; clients of other workers are served meanwhile. */
function debugSleep(context: CommandContext): void {
  const seconds = Number.parseFloat(context.text(2));
  if (seconds > 0) Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, seconds * 1000);
  context.ok();
}

/** As C's `atoi`. */
function isOn(context: CommandContext): boolean {
  const value = Number.parseInt(context.text(2), 10);
  return !Number.isNaN(value) && value !== 0;
}

/** Keys whose time has come stay until somebody looks them up, on all workers. */
function debugSetActiveExpire(context: CommandContext): void {
  context.ports.switches.noExpiry = !isOn(context);
  context.ok();
}

const PEAK_RESET_TIME = word('peak-reset-time');
const RESIZING = word('resizing');
const NEVER = word('never');
const RESET = word('reset');

function debugReplyBuffer(context: CommandContext): void {
  const isTime = isWord(context, 2, PEAK_RESET_TIME);
  if (!isTime && !isWord(context, 2, RESIZING)) refuse(context);
  else if (!isTime || isWord(context, 3, NEVER) || isWord(context, 3, RESET)) context.ok();
  else if (!Number.isNaN(integerAt(context, 3))) context.ok();
}

function debugAnyScript(context: CommandContext): void {
  context.ports.switches.anyScript = isOn(context);
  context.ok();
}

function debugPauseCron(context: CommandContext): void {
  context.ports.switches.noTick = isOn(context);
  context.ok();
}

const MOST_THRESHOLD = 2 ** 32;

/** The engine has one kind of chunks, so there is nothing to set. */
function debugPackedThreshold(context: CommandContext): void {
  const bytes = memoryBytes(context.text(2));
  if (bytes === undefined || bytes < 0 || bytes >= MOST_THRESHOLD)
    context.error('ERR argument must be a memory value bigger than 1 and smaller than 4gb');
  else context.ok();
}

function debugError(context: CommandContext): void {
  context.error(context.text(2).replace(/[\r\n]/g, ' '));
}

function notReloaded(context: CommandContext): void {
  context.error('ERR lockstep: the embedded engine has no append-only file');
}

const VERSION = word('version');

/** The servers' line under the picture, which is all they show to a version that they do not draw. */
export function runLolwut(context: CommandContext): void {
  if (context.count >= 3 && isWord(context, 1, VERSION) && Number.isNaN(integerAt(context, 2))) return;
  const { isValkey, level, version } = context.compatibility;
  const line = isValkey && level >= 900 ? `Valkey ver.${version}` : `Redis ver. ${version}`;
  context.writer.verbatim(`${line}\n`, context.resp);
}
