/**
 * What PING, HELLO, SELECT and their like do on the engine. Worker thread. As valkey 8.0 `networking.c`, `server.c`.
 */
import { decodeLatin1, isInteger64, parseInteger } from '../../base/bytes.ts';
import { PONG } from '../../resp/constants.ts';
import { isWord, word } from '../arguments.ts';
import { MODE_SUBSCRIBED, MODE_UNAUTHENTICATED } from '../client-state.ts';
import { isCalledRedis } from '../compatibility.ts';
import type { CommandContext } from '../context.ts';
import { DB_INDEX, NOT_INTEGER, wrongArity } from '../errors.ts';
import { BAD_NAME, isClientName } from './client-names.ts';

const AUTH = word('auth');
const SETNAME = word('setname');
const MAX_INT = 2147483647;

const NOT_AUTHENTICATED =
  'NOAUTH HELLO must be called with the client already authenticated, otherwise the HELLO <proto> AUTH <user> <pass> ' +
  'option can be used to authenticate the client and select the RESP protocol version at the same time';

export function runPing(context: CommandContext): void {
  if (context.count > 2) {
    context.error(wrongArity('ping'));
    return;
  }
  const isSubscribed = (context.client.mode & MODE_SUBSCRIBED) !== 0 && context.resp === 2;
  if (isSubscribed) {
    context.array(2);
    context.bulkText('pong');
    if (context.count === 1) context.bulkText('');
  } else if (context.count === 1) context.writer.constant(PONG);
  if (context.count === 2) context.bulk(context.bytes, context.start(1), context.end(1));
}

export function runEcho(context: CommandContext): void {
  context.bulk(context.bytes, context.start(1), context.end(1));
}

export function runSelect(context: CommandContext): void {
  const start = context.start(1);
  const end = context.end(1);
  const index = parseInteger(context.bytes, start, end);
  if (Number.isNaN(index) && !isInteger64(context.bytes, start, end)) context.error(NOT_INTEGER);
  else if (!(Math.abs(index) <= MAX_INT)) {
    context.error('ERR value is out of range, value must between -2147483648 and 2147483647');
  } else if (index < 0 || index >= context.store.databases) context.error(DB_INDEX);
  else {
    context.client.database = index;
    context.ok();
  }
}

export function runHello(context: CommandContext): void {
  const resp = context.count === 1 ? context.client.resp : protocolAt(context);
  if (Number.isNaN(resp)) return;
  let login = 0;
  let name: string | undefined;
  for (let at = 2; at < context.count; at++) {
    const more = context.count - 1 - at;
    if (isWord(context, at, AUTH) && more >= 2) {
      login = at + 1;
      at += 2;
    } else if (isWord(context, at, SETNAME) && more >= 1) {
      at += 1;
      name = context.text(at);
      if (!isClientName(name)) {
        context.error(BAD_NAME);
        return;
      }
    } else {
      context.error(`ERR Syntax error in HELLO option '${context.shown(at)}'`);
      return;
    }
  }
  if (login !== 0) {
    const refusal = context.ports.access.authenticate(context, context.text(login), context.text(login + 1));
    if (refusal !== undefined) {
      context.error(refusal);
      return;
    }
  }
  if ((context.client.mode & MODE_UNAUTHENTICATED) !== 0) {
    context.error(NOT_AUTHENTICATED);
    return;
  }
  if (name !== undefined) context.client.name = name;
  context.client.resp = resp === 3 ? 3 : 2;
  context.resp = context.client.resp;
  writeHello(context);
}

function protocolAt(context: CommandContext): number {
  const version = parseInteger(context.bytes, context.start(1), context.end(1));
  if (version === 2 || version === 3) return version;
  const isInteger = isInteger64(context.bytes, context.start(1), context.end(1));
  context.error(
    isInteger
      ? 'NOPROTO unsupported protocol version'
      : 'ERR Protocol version is not an integer or out of range',
  );
  return Number.NaN;
}

function writeHello(context: CommandContext): void {
  const { client, compatibility } = context;
  const asRedis = isCalledRedis(compatibility, context.ports.settings);
  context.map(7);
  context.bulkText('server');
  context.bulkText(asRedis ? 'redis' : 'valkey');
  context.bulkText('version');
  context.bulkText(asRedis ? compatibility.redisVersion : compatibility.version);
  context.bulkText('proto');
  context.integer(client.resp);
  context.bulkText('id');
  context.integer(client.id);
  context.bulkText('mode');
  context.bulkText(client.isInCluster ? 'cluster' : 'standalone');
  context.bulkText('role');
  context.bulkText('master');
  context.bulkText('modules');
  // To Valkey 9.1 its own scripting engine is a module.
  if (compatibility.isValkey && compatibility.level >= 901) writeLuaModule(context);
  else context.array(0);
}

function writeLuaModule(context: CommandContext): void {
  context.array(1);
  context.map(4);
  context.bulkText('name');
  context.bulkText('lua');
  context.bulkText('ver');
  context.integer(1);
  context.bulkText('path');
  context.bulkText('lua');
  context.bulkText('args');
  context.array(0);
}

/** AUTH password, AUTH user password. */
export function runAuth(context: CommandContext): void {
  if (context.count > 3) {
    context.syntaxError();
    return;
  }
  const user = context.count === 3 ? context.text(1) : 'default';
  const last = context.count - 1;
  const password = decodeLatin1(context.bytes, context.start(last), context.end(last));
  const refusal =
    context.count === 2 && !context.ports.access.hasPassword()
      ? 'ERR AUTH <password> called without any password configured for the default user. ' +
        'Are you sure your configuration is correct?'
      : context.ports.access.authenticate(context, user, password);
  if (refusal === undefined) context.ok();
  else context.error(refusal);
}

export function runQuit(context: CommandContext): void {
  context.client.closing = true;
  context.ok();
}

export function runReset(context: CommandContext): void {
  context.ports.transactions.reset(context);
  context.ports.pubsub.leave(context.client);
  context.ports.tracking.stop(context.client);
  context.ports.monitors.stop(context.client);
  const { client, compatibility } = context;
  const { noEvict } = client;
  client.resetState();
  // Redis 7.0 leaves it.
  if (compatibility.level < 702) client.noEvict = noEvict;
  context.ports.access.reset(client);
  context.resp = 2;
  context.simple('RESET');
}
