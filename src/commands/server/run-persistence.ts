/** What SAVE, BGSAVE and LASTSAVE do on the engine. Worker thread. As valkey 8.0 and 9.0 `rdb.c`. Cold. */
import { isWord, word } from '../arguments.ts';
import type { CommandContext } from '../context.ts';
import { SYNTAX } from '../errors.ts';
import type { Continuation, SaveOutcome } from '../ports.ts';

const SCHEDULE = word('schedule');
const CANCEL = word('cancel');
const BUSY = 'ERR Background save already in progress';
export const NO_FILE = 'ERR lockstep: there is no file to save to: engine.snapshot.path is not set';
const NOT_REWRITTEN = 'ERR lockstep: the embedded engine has no append-only file';

/** A client that waits until the snapshot under way has ended. */
class UntilSaved implements Continuation {
  readonly #before: number;

  constructor(before: number) {
    this.#before = before;
  }

  step(context: CommandContext): boolean {
    const { snapshots } = context.ports;
    if (snapshots.finished === this.#before) return false;
    if (snapshots.isLastGood) context.ok();
    else context.error('ERR');
    return true;
  }
}

export function runSave(context: CommandContext): void {
  const { snapshots } = context.ports;
  const before = snapshots.finished;
  const outcome = snapshots.begin();
  if (outcome === 'started') context.later(new UntilSaved(before));
  else refuse(context, outcome);
}

function refuse(context: CommandContext, outcome: SaveOutcome): void {
  if (outcome === 'no file') context.error(NO_FILE);
  else context.error(outcome === 'busy' ? BUSY : 'ERR');
}

export function runBgsave(context: CommandContext): void {
  const { snapshots } = context.ports;
  const { isValkey, level } = context.compatibility;
  const canCancel = isValkey && level >= 801;
  if (context.count === 2 && canCancel && isWord(context, 1, CANCEL)) {
    cancel(context);
    return;
  }
  if (context.count > 2 || (context.count === 2 && !isWord(context, 1, SCHEDULE))) {
    context.error(SYNTAX);
    return;
  }
  if (!snapshots.hasFile) {
    context.error(NO_FILE);
    return;
  }
  // In a transaction it waits for its end.
  if (!context.mayYield) {
    if (snapshots.isSaving) context.error(BUSY);
    else {
      snapshots.schedule();
      context.simple('Background saving scheduled');
    }
    return;
  }
  const outcome = snapshots.begin();
  if (outcome === 'started') context.simple('Background saving started');
  else refuse(context, outcome);
}

function cancel(context: CommandContext): void {
  const outcome = context.ports.snapshots.cancel();
  if (outcome === 'cancelled') context.simple('Background saving cancelled');
  else if (outcome === 'unscheduled') context.simple('Scheduled background saving cancelled');
  else context.error('ERR Background saving is currently not in progress or scheduled');
}

export function runBgrewriteaof(context: CommandContext): void {
  context.error(NOT_REWRITTEN);
}

export function runLastsave(context: CommandContext): void {
  context.integer(Math.floor(context.ports.snapshots.savedAtMs / 1000));
}
