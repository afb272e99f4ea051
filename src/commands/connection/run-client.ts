/** What CLIENT's subcommands about the client itself do on the engine. Worker thread. As valkey 8.0 `networking.c`. */
import { isWord, word } from '../arguments.ts';
import type { CommandContext } from '../context.ts';
import { BAD_NAME, isClientName } from './client-names.ts';

const ON = word('on');
const OFF = word('off');
const SKIP = word('skip');
const LIB_NAME = word('lib-name');
const LIB_VER = word('lib-ver');

export function runClientId(context: CommandContext): void {
  context.integer(context.client.id);
}

export function runClientGetname(context: CommandContext): void {
  if (context.client.name === '') context.nil();
  else context.bulkText(context.client.name);
}

export function runClientSetname(context: CommandContext): void {
  const name = context.text(2);
  if (!isClientName(name)) {
    context.error(BAD_NAME);
    return;
  }
  context.client.name = name;
  context.ok();
}

export function runClientSetinfo(context: CommandContext): void {
  const { client } = context;
  const isName = isWord(context, 2, LIB_NAME);
  if (!isName && !isWord(context, 2, LIB_VER)) {
    context.error(`ERR Unrecognized option '${context.shown(2)}'`);
    return;
  }
  const value = context.text(3);
  if (!isClientName(value)) {
    const option = isName ? 'lib-name' : 'lib-ver';
    context.error(`ERR ${option} cannot contain spaces, newlines or special characters.`);
    return;
  }
  if (isName) client.libName = value;
  else client.libVersion = value;
  context.ok();
}

export function runClientReply(context: CommandContext): void {
  const { client } = context;
  if (isWord(context, 2, ON)) {
    client.replyMode = 'on';
    context.ok();
  } else if (isWord(context, 2, OFF)) client.replyMode = 'off';
  else if (isWord(context, 2, SKIP)) {
    // The reply of the command after this one; this one has none.
    if (client.replyMode !== 'off') client.replyMode = 'skip';
  } else context.syntaxError();
}
