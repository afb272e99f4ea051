/**
 * DEBUG RELOAD: the data are saved, dropped and loaded, in one piece. Worker thread. Cold: for tests. As valkey 8.0
 * `debug.c`.
 */
import type { CommandContext } from '../context.ts';
import { emptyAll } from './run-keyspace.ts';
import { NO_FILE } from './run-persistence.ts';

const OPTIONS: ReadonlySet<string> = new Set(['merge', 'noflush', 'nosave']);

export function runDebugReload(context: CommandContext): void {
  const { reload, snapshots, blocking } = context.ports;
  const options = new Set<string>();
  for (let at = 2; at < context.count; at++) options.add(context.text(at).toLowerCase());
  if ([...options].some((option) => !OPTIONS.has(option))) {
    context.error('ERR DEBUG RELOAD only supports the MERGE, NOFLUSH and NOSAVE options.');
    return;
  }
  if (options.has('nosave')) {
    if (!snapshots.hasFile) {
      context.error(NO_FILE);
      return;
    }
  } else if (!reload.save()) {
    context.error('ERR');
    return;
  }
  if (!options.has('noflush')) {
    emptyAll(context, false);
    reload.dropFunctions();
  }
  // One that is under way begins again: it has not seen what comes now.
  snapshots.flushed();
  const isLoaded = reload.load(options.has('merge'));
  for (let database = 0; database < context.store.databases; database++) blocking.allReady(database);
  if (isLoaded) context.ok();
  else context.error(notLoaded(context));
}

/** Redis 7.0 does not speak of logs. */
function notLoaded({ compatibility }: CommandContext): string {
  const isOld = !compatibility.isValkey && compatibility.level < 702;
  return `ERR Error trying to load the RDB dump${isOld ? '' : ', check server logs.'}`;
}
