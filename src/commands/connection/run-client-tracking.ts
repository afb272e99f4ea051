/** What CLIENT TRACKING, CACHING, GETREDIR and TRACKINGINFO do on the engine. As valkey 8.0 `networking.c`. */
import { copyOf, decodeLatin1, isInteger64, parseInteger } from '../../base/bytes.ts';
import { isWord, word } from '../arguments.ts';
import type { Tracking } from '../client-state.ts';
import type { CommandContext } from '../context.ts';
import { NOT_INTEGER } from '../errors.ts';
import { lineNumber } from './client-line.ts';

const ON = word('on');
const OFF = word('off');
const YES = word('yes');
const NO = word('no');
const REDIRECT = word('redirect');
const BCAST = word('bcast');
const OPTIN = word('optin');
const OPTOUT = word('optout');
const NOLOOP = word('noloop');
const PREFIX = word('prefix');

const SWITCHED =
  "ERR You can't switch OPTIN/OPTOUT mode before disabling tracking for this client, and then re-enabling it with a " +
  'different mode.';
const SWITCHED_BCAST =
  "ERR You can't switch BCAST mode on/off before disabling tracking for this client, and then re-enabling it with a " +
  'different mode.';

interface Wish {
  redirect: number;
  isBroadcast: boolean;
  isOptin: boolean;
  isOptout: boolean;
  noLoop: boolean;
  readonly prefixes: Uint8Array[];
}

export function runClientTracking(context: CommandContext): void {
  const wish: Wish = {
    redirect: 0,
    isBroadcast: false,
    isOptin: false,
    isOptout: false,
    noLoop: false,
    prefixes: [],
  };
  if (!readOptions(context, wish)) return;
  const { client } = context;
  const { tracking } = context.ports;
  if (isWord(context, 2, ON)) {
    const error = refusal(client.tracking, wish) ?? collision(tracking.prefixes(client), wish.prefixes);
    if (error !== undefined) {
      context.error(error);
      return;
    }
    const { redirect, isBroadcast, isOptin, isOptout, noLoop } = wish;
    const all = isBroadcast && wish.prefixes.length === 0 ? [new Uint8Array(0)] : wish.prefixes;
    const wanted = { redirect, isBroken: false, isBroadcast, isOptin, isOptout, noLoop, caching: false };
    if (!tracking.start(client, wanted, all)) {
      tracking.stop(client);
      context.outOfMemory();
      return;
    }
  } else if (isWord(context, 2, OFF)) tracking.stop(client);
  else {
    context.syntaxError();
    return;
  }
  context.ok();
}

/** False after an error. */
function readOptions(context: CommandContext, wish: Wish): boolean {
  for (let at = 3; at < context.count; at++) {
    const hasMore = at + 1 < context.count;
    if (isWord(context, at, REDIRECT) && hasMore) {
      at += 1;
      if (!readRedirect(context, at, wish)) return false;
    } else if (isWord(context, at, BCAST)) wish.isBroadcast = true;
    else if (isWord(context, at, OPTIN)) wish.isOptin = true;
    else if (isWord(context, at, OPTOUT)) wish.isOptout = true;
    else if (isWord(context, at, NOLOOP)) wish.noLoop = true;
    else if (isWord(context, at, PREFIX) && hasMore) {
      at += 1;
      wish.prefixes.push(copyOf(context.bytes, context.start(at), context.end(at)));
    } else {
      context.syntaxError();
      return false;
    }
  }
  return true;
}

function readRedirect(context: CommandContext, at: number, wish: Wish): boolean {
  if (wish.redirect !== 0) {
    context.error('ERR A client can only redirect to a single other client');
    return false;
  }
  const [start, end] = [context.start(at), context.end(at)];
  if (!isInteger64(context.bytes, start, end)) {
    context.error(NOT_INTEGER);
    return false;
  }
  const id = parseInteger(context.bytes, start, end);
  if (!context.ports.clients.lines().some((line) => lineNumber(line, 'id') === id)) {
    context.error('ERR The client ID you want redirect to does not exist');
    return false;
  }
  wish.redirect = id;
  return true;
}

function refusal(now: Tracking | undefined, wish: Wish): string | undefined {
  if (!wish.isBroadcast && wish.prefixes.length > 0) {
    return 'ERR PREFIX option requires BCAST mode to be enabled';
  }
  if (now !== undefined && now.isBroadcast !== wish.isBroadcast) return SWITCHED_BCAST;
  if (wish.isBroadcast && (wish.isOptin || wish.isOptout)) {
    return 'ERR OPTIN and OPTOUT are not compatible with BCAST';
  }
  if (wish.isOptin && wish.isOptout) return "ERR You can't specify both OPTIN mode and OPTOUT mode";
  if (now !== undefined && ((wish.isOptin && now.isOptout) || (wish.isOptout && now.isOptin)))
    return SWITCHED;
  return undefined;
}

/** Prefixes of one client must not contain each other. */
function collision(existing: readonly Uint8Array[], wanted: readonly Uint8Array[]): string | undefined {
  for (const [index, prefix] of wanted.entries()) {
    const known = existing.find((other) => overlaps(other, prefix));
    if (known !== undefined) return overlap(prefix, `an existing prefix '${textOf(known)}'`);
    const other = wanted.slice(index + 1).find((later) => overlaps(prefix, later));
    if (other !== undefined) return overlap(prefix, `another provided prefix '${textOf(other)}'`);
  }
  return undefined;
}

function overlap(prefix: Uint8Array, what: string): string {
  return `ERR Prefix '${textOf(prefix)}' overlaps with ${what}. Prefixes for a single client must not overlap.`;
}

function overlaps(one: Uint8Array, other: Uint8Array): boolean {
  const length = Math.min(one.length, other.length);
  for (let at = 0; at < length; at++) if (one[at] !== other[at]) return false;
  return true;
}

function textOf(bytes: Uint8Array): string {
  return decodeLatin1(bytes, 0, bytes.length);
}

export function runClientCaching(context: CommandContext): void {
  const { tracking } = context.client;
  if (tracking === undefined) {
    context.error(
      'ERR CLIENT CACHING can be called only when the client is in tracking mode with OPTIN or OPTOUT mode enabled',
    );
  } else if (isWord(context, 2, YES) && !tracking.isOptin) {
    context.error('ERR CLIENT CACHING YES is only valid when tracking is enabled in OPTIN mode.');
  } else if (isWord(context, 2, NO) && !tracking.isOptout) {
    context.error('ERR CLIENT CACHING NO is only valid when tracking is enabled in OPTOUT mode.');
  } else if (!isWord(context, 2, YES) && !isWord(context, 2, NO)) context.syntaxError();
  else {
    tracking.caching = true;
    context.ok();
  }
}

export function runClientGetredir(context: CommandContext): void {
  context.integer(context.client.tracking?.redirect ?? -1);
}

export function runClientTrackinginfo(context: CommandContext): void {
  const { client } = context;
  const flags = flagsOf(client.tracking);
  const prefixes = context.ports.tracking.prefixes(client);
  context.map(3);
  context.bulkText('flags');
  context.set(flags.length);
  for (const flag of flags) context.bulkText(flag);
  context.bulkText('redirect');
  context.integer(client.tracking?.redirect ?? -1);
  context.bulkText('prefixes');
  context.array(prefixes.length);
  for (const prefix of prefixes) context.bulk(prefix, 0, prefix.length);
}

function flagsOf(tracking: Tracking | undefined): string[] {
  if (tracking === undefined) return ['off'];
  const flags = ['on'];
  if (tracking.isBroadcast) flags.push('bcast');
  if (tracking.isOptin) flags.push('optin');
  if (tracking.isOptin && tracking.caching) flags.push('caching-yes');
  if (tracking.isOptout) flags.push('optout');
  if (tracking.isOptout && tracking.caching) flags.push('caching-no');
  if (tracking.noLoop) flags.push('noloop');
  if (tracking.isBroken) flags.push('broken_redirect');
  return flags;
}
