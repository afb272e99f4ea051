/** What PUBLISH and PUBSUB do on the engine. Worker thread. As valkey 8.0 `pubsub.c`. */
import { globMatches } from '../../base/glob.ts';
import type { CommandContext } from '../context.ts';
import { LISTEN_CHANNEL, LISTEN_SHARD, type ListenKind } from '../ports.ts';

export function runPublish(context: CommandContext): void {
  publish(context, LISTEN_CHANNEL);
}

export function runSpublish(context: CommandContext): void {
  publish(context, LISTEN_SHARD);
}

function publish(context: CommandContext, kind: ListenKind): void {
  const { bytes } = context;
  const receivers = context.ports.pubsub.publish(
    kind,
    bytes,
    context.start(1),
    context.end(1),
    bytes,
    context.start(2),
    context.end(2),
  );
  context.integer(receivers);
}

export function runPubsubChannels(context: CommandContext): void {
  listChannels(context, LISTEN_CHANNEL);
}

export function runPubsubShardchannels(context: CommandContext): void {
  listChannels(context, LISTEN_SHARD);
}

/** Cold: for administration. */
function listChannels(context: CommandContext, kind: ListenKind): void {
  if (context.count > 3) {
    wrongForm(context);
    return;
  }
  const hasPattern = context.count === 3;
  const [from, to] = hasPattern ? [context.start(2), context.end(2)] : [0, 0];
  const found: Uint8Array[] = [];
  context.ports.pubsub.eachName(kind, (bytes, start, end) => {
    if (!hasPattern || globMatches(context.bytes, from, to, bytes, start, end)) {
      found.push(bytes.slice(start, end));
    }
  });
  context.array(found.length);
  for (const name of found) context.bulk(name, 0, name.length);
}

export function runPubsubNumsub(context: CommandContext): void {
  countSubscribers(context, LISTEN_CHANNEL);
}

export function runPubsubShardnumsub(context: CommandContext): void {
  countSubscribers(context, LISTEN_SHARD);
}

function countSubscribers(context: CommandContext, kind: ListenKind): void {
  context.array(2 * (context.count - 2));
  for (let at = 2; at < context.count; at++) {
    const [start, end] = [context.start(at), context.end(at)];
    context.bulk(context.bytes, start, end);
    context.integer(context.ports.pubsub.subscribers(kind, context.bytes, start, end));
  }
}

export function runPubsubNumpat(context: CommandContext): void {
  context.integer(context.ports.pubsub.patternCount());
}

/** Cold: an error. */
function wrongForm(context: CommandContext): void {
  context.error(
    `ERR unknown subcommand or wrong number of arguments for '${context.shown(1)}'. Try PUBSUB HELP.`,
  );
}
