/** EVAL and SCRIPT on the engine. Worker thread. */
import { isWord, word } from '../arguments.ts';
import type { CommandContext } from '../context.ts';
import { noScript } from '../errors.ts';

const SYNC = word('sync');
const ASYNC = word('async');
const YES = word('yes');
const NO = word('no');
const UNKILLABLE =
  'UNKILLABLE Sorry the script already executed write commands against the dataset. You can either wait the script ' +
  'termination or kill the server in a hard way using the SHUTDOWN NOSAVE command.';
const NOT_BUSY = 'NOTBUSY No scripts in execution right now.';

export function runEval(context: CommandContext): void {
  context.ports.scripts.evaluate(context, false, false);
}

export function runEvalRo(context: CommandContext): void {
  context.ports.scripts.evaluate(context, false, true);
}

export function runEvalSha(context: CommandContext): void {
  context.ports.scripts.evaluate(context, true, false);
}

export function runEvalShaRo(context: CommandContext): void {
  context.ports.scripts.evaluate(context, true, true);
}

export function runScriptLoad(context: CommandContext): void {
  const digest = context.ports.scripts.load(context, 2);
  if (digest !== undefined) context.bulkText(digest);
}

export function runScriptExists(context: CommandContext): void {
  context.array(context.count - 2);
  for (let at = 2; at < context.count; at++) {
    context.integer(context.ports.scripts.text(context.text(at).toLowerCase()) === undefined ? 0 : 1);
  }
}

export function runScriptShow(context: CommandContext): void {
  const text = context.ports.scripts.text(context.text(2).toLowerCase());
  if (text === undefined) context.error(noScript(context.compatibility));
  else context.bulk(text, 0, text.length);
}

export function runScriptFlush(context: CommandContext): void {
  const isRight = context.count === 2 || isWord(context, 2, SYNC) || isWord(context, 2, ASYNC);
  if (!isRight || context.count > 3) {
    context.error('ERR SCRIPT FLUSH only support SYNC|ASYNC option');
    return;
  }
  context.ports.scripts.flush();
  context.ok();
}

/** There is no debugger: NO is what the client has already. */
export function runScriptDebug(context: CommandContext): void {
  if (isWord(context, 2, NO)) context.ok();
  else if (isWord(context, 2, YES) || isWord(context, 2, SYNC)) {
    context.error('ERR The embedded engine has no debugger for scripts');
  } else context.error('ERR Use SCRIPT DEBUG YES/SYNC/NO');
}

export function runScriptKill(context: CommandContext): void {
  kill(context, true);
}

export function runFunctionKill(context: CommandContext): void {
  kill(context, false);
}

function kill(context: CommandContext, isEval: boolean): void {
  const { scripts } = context.ports;
  const answer = scripts.kill(isEval);
  if (answer === 'killed') context.ok();
  else if (answer === 'nothing') context.error(NOT_BUSY);
  else if (answer === 'wrote') context.error(UNKILLABLE);
  else context.error(scripts.busyText());
}
