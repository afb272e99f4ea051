/** What CLIENT's subcommands about modes of the client do on the engine. Worker thread. */
import { isInteger64 } from '../../base/bytes.ts';
import { isWord, word } from '../arguments.ts';
import type { CommandContext } from '../context.ts';

const ON = word('on');
const OFF = word('off');
const REDIRECT = word('redirect');
const WRITE = word('write');
const ALL = word('all');
const MOST = 2 ** 63;

/** The switch in argument 2; undefined after an error. */
function switchOf(context: CommandContext): boolean | undefined {
  if (isWord(context, 2, ON)) return true;
  if (isWord(context, 2, OFF)) return false;
  context.syntaxError();
  return undefined;
}

export function runClientNoEvict(context: CommandContext): void {
  const isOn = switchOf(context);
  if (isOn === undefined) return;
  context.client.noEvict = isOn;
  context.ok();
}

export function runClientNoTouch(context: CommandContext): void {
  const isOn = switchOf(context);
  if (isOn === undefined) return;
  context.client.noTouch = isOn;
  context.ok();
}

/** Capabilities that nobody knows are passed over. */
export function runClientCapa(context: CommandContext): void {
  for (let at = 2; at < context.count; at++) {
    if (isWord(context, at, REDIRECT)) context.client.canRedirect = true;
  }
  context.ok();
}

/** PAUSE milliseconds [WRITE|ALL]. */
export function runClientPause(context: CommandContext): void {
  const { compatibility, nowMs } = context;
  const isNew = compatibility.isValkey && compatibility.level >= 801;
  if (context.count > 4 && !isNew) {
    const name = context.text(1);
    context.error(`ERR unknown subcommand or wrong number of arguments for '${name}'. Try CLIENT HELP.`);
    return;
  }
  const isWrite = context.count > 3 && isWord(context, 3, WRITE);
  if (context.count > 3 && !isWrite && !isWord(context, 3, ALL)) {
    context.error('ERR CLIENT PAUSE mode must be WRITE or ALL');
    return;
  }
  const [start, end] = [context.start(2), context.end(2)];
  if (!isInteger64(context.bytes, start, end)) {
    context.error('ERR timeout is not an integer or out of range');
    return;
  }
  const ms = Number(context.text(2));
  if (ms < 0) context.error('ERR timeout is negative');
  else if (ms + nowMs >= MOST) context.error('ERR timeout is out of range');
  else {
    context.ports.pause.pause(nowMs + ms, !isWrite);
    context.ok();
  }
}

export function runClientUnpause(context: CommandContext): void {
  context.ports.pause.unpause();
  context.ok();
}

/** There is no import mode. */
export function runClientImportSource(context: CommandContext): void {
  context.error('ERR Server is not in import mode');
}
