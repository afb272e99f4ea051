/** FUNCTION and FCALL on the engine. Worker thread. */
import { globMatches } from '../../base/glob.ts';
import { isWord, word } from '../arguments.ts';
import type { CommandContext } from '../context.ts';
import type { RestorePolicy, ShownFunction, ShownLibrary } from '../ports.ts';

const REPLACE = word('replace');
const WITHCODE = word('withcode');
const LIBRARYNAME = word('libraryname');
const SYNC = word('sync');
const ASYNC = word('async');
const POLICIES: readonly RestorePolicy[] = ['append', 'replace', 'flush'];

export function runFcall(context: CommandContext): void {
  context.ports.functions.call(context, false);
}

export function runFcallRo(context: CommandContext): void {
  context.ports.functions.call(context, true);
}

export function runFunctionLoad(context: CommandContext): void {
  const last = context.count - 1;
  for (let at = 2; at < last; at++) {
    if (isWord(context, at, REPLACE)) continue;
    context.error(`ERR Unknown option given: ${context.shown(at)}`);
    return;
  }
  const name = context.ports.functions.load(context, last, last > 2);
  if (name !== undefined) context.bulkText(name);
}

export function runFunctionDelete(context: CommandContext): void {
  context.ports.functions.remove(context, context.text(2));
}

export function runFunctionFlush(context: CommandContext): void {
  if (context.count > 3) {
    context.error(
      `ERR unknown subcommand or wrong number of arguments for '${context.shown(1).slice(0, 128)}'. Try FUNCTION HELP.`,
    );
    return;
  }
  if (context.count === 3 && !isWord(context, 2, SYNC) && !isWord(context, 2, ASYNC)) {
    context.error('ERR FUNCTION FLUSH only supports SYNC|ASYNC option');
    return;
  }
  context.ports.functions.flush(context);
}

export function runFunctionList(context: CommandContext): void {
  let pattern: Buffer | undefined;
  let withCode = false;
  for (let at = 2; at < context.count; at++) {
    if (!withCode && isWord(context, at, WITHCODE)) withCode = true;
    else if (pattern === undefined && isWord(context, at, LIBRARYNAME)) {
      at += 1;
      if (at >= context.count) {
        context.error('ERR library name argument was not given');
        return;
      }
      pattern = Buffer.from(context.text(at).toLowerCase(), 'latin1');
    } else {
      context.error(`ERR Unknown argument ${context.shown(at)}`);
      return;
    }
  }
  const libraries = context.ports.functions.libraries().filter(({ name }) => {
    const bytes = Buffer.from(name.toLowerCase(), 'latin1');
    return pattern === undefined || globMatches(pattern, 0, pattern.length, bytes, 0, bytes.length);
  });
  context.array(libraries.length);
  for (const library of libraries) writeLibrary(context, library, withCode);
}

function writeLibrary(context: CommandContext, library: ShownLibrary, withCode: boolean): void {
  const { name, code, functions } = library;
  context.map(withCode ? 4 : 3);
  context.bulkText('library_name');
  context.bulkText(name);
  context.bulkText('engine');
  context.bulkText('LUA');
  context.bulkText('functions');
  context.array(functions.length);
  for (const entry of functions) writeFunction(context, entry);
  if (!withCode) return;
  context.bulkText('library_code');
  context.bulk(code, 0, code.length);
}

function writeFunction(context: CommandContext, { name, description, flags }: ShownFunction): void {
  context.map(3);
  context.bulkText('name');
  context.bulkText(name);
  context.bulkText('description');
  if (description === undefined) context.nil();
  else {
    const bytes = Buffer.from(description, 'latin1');
    context.bulk(bytes, 0, bytes.length);
  }
  context.bulkText('flags');
  context.set(flags.length);
  for (const flag of flags) context.simple(flag);
}

export function runFunctionStats(context: CommandContext): void {
  const { scripts, functions } = context.ports;
  const running = functions.running();
  if (running?.isEval === true) {
    context.error(scripts.busyText());
    return;
  }
  context.map(2);
  context.bulkText('running_script');
  if (running === undefined) context.nil();
  else {
    context.map(3);
    context.bulkText('name');
    context.bulkText(running.name);
    context.bulkText('command');
    context.writer.raw(running.command, 0, running.command.length);
    context.bulkText('duration_ms');
    context.integer(running.durationMs);
  }
  const libraries = functions.libraries();
  context.bulkText('engines');
  context.map(1);
  context.bulkText('LUA');
  context.map(2);
  context.bulkText('libraries_count');
  context.integer(libraries.length);
  context.bulkText('functions_count');
  context.integer(libraries.reduce((count, library) => count + library.functions.length, 0));
}

export function runFunctionDump(context: CommandContext): void {
  const payload = context.ports.functions.dump();
  context.bulk(payload, 0, payload.length);
}

export function runFunctionRestore(context: CommandContext): void {
  if (context.count > 4) {
    context.error(
      `ERR unknown subcommand or wrong number of arguments for '${context.shown(1).slice(0, 128)}'. Try FUNCTION HELP.`,
    );
    return;
  }
  const policy = context.count === 3 ? 'append' : POLICIES.find((name) => isWord(context, 3, word(name)));
  if (policy !== undefined) context.ports.functions.restore(context, 2, policy);
  else context.error('ERR Wrong restore policy given, value should be either FLUSH, APPEND or REPLACE.');
}
