/**
 * Explains a difference between two replies by what is known of the servers that gave them. Any thread; called for
 * differences only. The knowledge is in `known-difference-data.ts` and in the releases of the catalogue.
 */
import type { CommandDefinition, CommandView } from '../commands/definition.ts';
import type { Reply } from '../resp/reply.ts';
import { explainCapability, type Side } from './capability.ts';
import { clusterRefusal, lacksCluster } from './cluster-refusals.ts';
import { compareVersions, isSameServer, type ServerIdentity } from './identity.ts';
import { type KnownDifference, knownDifferences } from './known-difference-data.ts';
import type { ServerRange } from './server-ranges.ts';

export type { ServerIdentity } from './identity.ts';

/** Id of what a cluster refuses and a single server does. */
const CLUSTER_REFUSAL = 'cluster-refusal';
/** Id of what a script that asks about the cluster hears where there is none. */
const NO_CLUSTER = 'cluster-in-script';

/** The servers behind the two replies. */
export interface ServerPair {
  readonly primary: ServerIdentity;
  readonly shadow: ServerIdentity;
}

/**
 * The id of what explains that these replies differ, from a bounded set of ids; `undefined` when nothing known does.
 * Servers of one product and version differ only in what a cluster, or what is none, refuses. `view` is the command as
 * it was sent.
 */
export function explainDifference(
  command: CommandDefinition,
  view: CommandView,
  primary: Reply,
  shadow: Reply,
  servers: ServerPair,
): string | undefined {
  // One product and version may be a cluster here and a single server there.
  if ((clusterRefusal(primary) === undefined) !== (clusterRefusal(shadow) === undefined))
    return CLUSTER_REFUSAL;
  if (command.group === 'scripting' && lacksCluster(primary) !== lacksCluster(shadow)) return NO_CLUSTER;
  if (isSameServer(servers.primary, servers.shadow)) return undefined;
  const primarySide: Side = { reply: primary, server: servers.primary };
  const shadowSide: Side = { reply: shadow, server: servers.shadow };
  const capability =
    explainCapability(command, view, shadowSide, primarySide) ??
    explainCapability(command, view, primarySide, shadowSide);
  if (capability !== undefined) return capability;
  for (const known of knownDifferences) {
    if (!concerns(known, command.name)) continue;
    if (explains(known, view, primarySide, shadowSide) || explains(known, view, shadowSide, primarySide)) {
      return known.id;
    }
  }
  return undefined;
}

function concerns(known: KnownDifference, name: string): boolean {
  return known.commands === undefined || known.commands.includes(name);
}

function explains(known: KnownDifference, view: CommandView, left: Side, right: Side): boolean {
  if (!isWithin(left.server, known.left) || !isWithin(right.server, known.right)) return false;
  return known.matches(left.reply, right.reply, view);
}

export function isWithin(server: ServerIdentity, ranges: readonly ServerRange[]): boolean {
  return ranges.some((range) => {
    if (range.product !== server.product) return false;
    if (range.from !== undefined && compareVersions(server.version, range.from) < 0) return false;
    return range.below === undefined || compareVersions(server.version, range.below) < 0;
  });
}
