/**
 * What SHUTDOWN does on the engine: the data are saved where that is wanted, and the whole process ends as after
 * SIGTERM, where the configuration allows it to clients. Worker thread. Cold: once. As valkey 8.0 and 9.0 `db.c`.
 */
import type { CommandContext } from '../context.ts';
import { SYNTAX } from '../errors.ts';
import type { Continuation, SaveWish } from '../ports.ts';

const OPTIONS: ReadonlySet<string> = new Set(['nosave', 'save', 'now', 'force', 'abort']);
/** Of Valkey 9: about votes and replicas in a cluster. */
const CLUSTER_OPTIONS: ReadonlySet<string> = new Set(['safe', 'failover']);
const NOT_ALLOWED = 'ERR lockstep: SHUTDOWN is not available through the gateway';
const NOT_SAVED = 'ERR Errors trying to SHUTDOWN. Check logs.';

/** A client that waits until its data are saved, and the process ends. */
class UntilSaved implements Continuation {
  readonly #context: CommandContext;
  readonly #isForced: boolean;
  /** How many snapshots had ended when this one began. */
  #before = -1;

  constructor(context: CommandContext, isForced: boolean) {
    this.#context = context;
    this.#isForced = isForced;
  }

  step(context: CommandContext): boolean {
    const { snapshots } = context.ports;
    if (this.#before < 0) {
      const outcome = snapshots.beginInstead();
      if (outcome === 'started') this.#before = snapshots.finished;
      return outcome !== 'started' && outcome !== 'busy' && this.#fail(context);
    }
    if (snapshots.finished === this.#before) return false;
    if (!snapshots.isLastGood) return this.#fail(context);
    end(context, 'save');
    return true;
  }

  /** The client does not wait for it: what is saved is no longer its affair, but the end is what it asked for. */
  abandon(): void {
    this.#context.ports.shutdown.begin('save');
  }

  #fail(context: CommandContext): true {
    if (this.#isForced) end(context, 'nosave');
    else context.error(NOT_SAVED);
    return true;
  }
}

export function runShutdown(context: CommandContext): void {
  const { shutdown, scripts, snapshots } = context.ports;
  if (!shutdown.isAllowed) {
    context.error(NOT_ALLOWED);
    return;
  }
  const { isValkey, level } = context.compatibility;
  const options = new Set<string>();
  for (let at = 1; at < context.count; at++) options.add(context.text(at).toLowerCase());
  const isKnown = (option: string): boolean =>
    OPTIONS.has(option) || (isValkey && level >= 900 && CLUSTER_OPTIONS.has(option));
  const isWrong = [...options].some((option) => !isKnown(option));
  const isOdd = (options.has('abort') && options.size > 1) || (options.has('save') && options.has('nosave'));
  const isForced = options.has('force');
  if (isWrong || isOdd) context.error(SYNTAX);
  // There are no replicas to wait for, so there is never one under way that could be given up.
  else if (options.has('abort')) context.error('ERR No shutdown in progress.');
  else if (!options.has('nosave') && shutdown.isBusy) context.error(scripts.busyText());
  else if (options.has('nosave')) end(context, 'nosave');
  else if (options.has('save') && !snapshots.hasFile) {
    if (isForced) end(context, 'nosave');
    else context.error(NOT_SAVED);
  } else if (options.has('save') || snapshots.hasPoints) context.later(new UntilSaved(context, isForced));
  else end(context, 'nosave');
}

/** What others change until all of them have left is saved as well. */
function end(context: CommandContext, wish: SaveWish): void {
  context.client.closing = true;
  context.ports.shutdown.begin(wish);
}
