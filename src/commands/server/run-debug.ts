/**
 * What DEBUG and LOLWUT do on the engine: those subcommands that tests of clients and servers use. Worker thread. Cold:
 * nobody serves traffic with these.
 */
import type { CommandContext } from '../context.ts';

type Subcommand = (context: CommandContext) => void;

/** With how many arguments, DEBUG and the name included. */
const SUBCOMMANDS: Readonly<
  Record<string, { readonly counts: readonly number[]; readonly run: Subcommand }>
> = {
  sleep: { counts: [3], run: debugSleep },
  'set-active-expire': { counts: [3], run: debugSetActiveExpire },
  error: { counts: [3], run: debugError },
  reload: { counts: [2, 3, 4, 5], run: notReloaded },
  loadaof: { counts: [2], run: notReloaded },
};

export function runDebug(context: CommandContext): void {
  const name = context.text(1);
  const found = Object.hasOwn(SUBCOMMANDS, name.toLowerCase()) ? SUBCOMMANDS[name.toLowerCase()] : undefined;
  if (found?.counts.includes(context.count)) found.run(context);
  else
    context.error(
      `ERR unknown subcommand or wrong number of arguments for '${name.slice(0, 128)}'. Try DEBUG HELP.`,
    );
}

/** Stops this worker, as it stops a server; clients of other workers are served meanwhile. */
function debugSleep(context: CommandContext): void {
  const seconds = Number.parseFloat(context.text(2));
  if (seconds > 0) Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, seconds * 1000);
  context.ok();
}

/** Keys whose time has come stay until somebody looks them up, on all workers. */
function debugSetActiveExpire(context: CommandContext): void {
  context.ports.information.setActiveExpiry(Number.parseInt(context.text(2), 10) > 0);
  context.ok();
}

function debugError(context: CommandContext): void {
  context.error(context.text(2).replace(/[\r\n]/g, ' '));
}

function notReloaded(context: CommandContext): void {
  context.error('ERR lockstep: the embedded engine does not load its data again while it runs');
}

/** The servers' line under the picture, which is all they show to a version that they do not draw. */
export function runLolwut(context: CommandContext): void {
  const { isValkey, level, version } = context.compatibility;
  const line = isValkey && level >= 900 ? `Valkey ver.${version}` : `Redis ver. ${version}`;
  context.writer.verbatim(`${line}\n`, context.resp);
}
