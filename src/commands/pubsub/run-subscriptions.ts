/** What SUBSCRIBE, UNSUBSCRIBE and their like do on the engine. Worker thread. As valkey 8.0 `pubsub.c`. */
import type { CommandContext } from '../context.ts';
import { OUT_OF_MEMORY } from '../errors.ts';
import { LISTEN_CHANNEL, LISTEN_PATTERN, LISTEN_SHARD, type ListenKind } from '../ports.ts';

export function runSubscribe(context: CommandContext): void {
  subscribe(context, LISTEN_CHANNEL, 'subscribe');
}

export function runPsubscribe(context: CommandContext): void {
  subscribe(context, LISTEN_PATTERN, 'psubscribe');
}

export function runSsubscribe(context: CommandContext): void {
  // In transactions the servers allow the others only, for old times' sake.
  if (!context.mayBlock) context.error("ERR SSUBSCRIBE isn't allowed for a DENY BLOCKING client");
  else subscribe(context, LISTEN_SHARD, 'ssubscribe');
}

export function runUnsubscribe(context: CommandContext): void {
  unsubscribe(context, LISTEN_CHANNEL, 'unsubscribe');
}

export function runPunsubscribe(context: CommandContext): void {
  unsubscribe(context, LISTEN_PATTERN, 'punsubscribe');
}

export function runSunsubscribe(context: CommandContext): void {
  unsubscribe(context, LISTEN_SHARD, 'sunsubscribe');
}

/** One message for each name, in place of a reply. */
function subscribe(context: CommandContext, kind: ListenKind, word: string): void {
  const { pubsub } = context.ports;
  for (let at = 1; at < context.count; at++) {
    const [start, end] = [context.start(at), context.end(at)];
    if (!pubsub.subscribe(context.client, kind, context.bytes, start, end)) {
      context.error(OUT_OF_MEMORY);
      return;
    }
    confirm(context, kind, word, context.bytes, start, end);
  }
}

function unsubscribe(context: CommandContext, kind: ListenKind, word: string): void {
  const { client, compatibility } = context;
  const { pubsub } = context.ports;
  // Valkey 8.0 alone was strict here.
  if (compatibility.name === 'valkey-8' && !pubsub.isSubscribed(client)) {
    context.error(`NOSUB '${word}' command executed not in subscribed mode`);
    return;
  }
  if (context.count > 1) {
    for (let at = 1; at < context.count; at++) {
      const [start, end] = [context.start(at), context.end(at)];
      pubsub.unsubscribe(client, kind, context.bytes, start, end);
      confirm(context, kind, word, context.bytes, start, end);
    }
    return;
  }
  const names = pubsub.names(client, kind);
  for (const name of names) {
    pubsub.unsubscribe(client, kind, name, 0, name.length);
    confirm(context, kind, word, name, 0, name.length);
  }
  if (names.length > 0) return;
  context.writer.push(3, context.resp);
  context.bulkText(word);
  context.nil();
  context.integer(pubsub.subscriptions(client, kind));
}

function confirm(
  context: CommandContext,
  kind: ListenKind,
  word: string,
  bytes: Uint8Array,
  start: number,
  end: number,
): void {
  context.writer.push(3, context.resp);
  context.bulkText(word);
  context.bulk(bytes, start, end);
  context.integer(context.ports.pubsub.subscriptions(context.client, kind));
}
