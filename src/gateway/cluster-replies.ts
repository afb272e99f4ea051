/**
 * Answers to CLUSTER about announced nodes, in the forms of the servers (redis 7.0 and valkey 8.0 `cluster.c`). Worker
 * thread. It must not know sessions. Cold: clients ask when they connect and now and then.
 */
import { SLOT_COUNT } from '../base/slot.ts';
import type { FrameWriter, RespVersion } from '../resp/encode.ts';
import { type AnnouncedNode, shardIdOf } from './announced-nodes.ts';

type Nodes = readonly AnnouncedNode[];

/** Nobody speaks the cluster's own protocol with a gateway; servers have that port ten thousand above. */
const BUS_OFFSET = 10_000;
const MAX_PORT = 65_535;

export function writeSlots(writer: FrameWriter, nodes: Nodes, resp: RespVersion): void {
  const primaries = nodes.filter(({ slots }) => slots !== undefined);
  writer.array(primaries.length);
  for (const primary of primaries) {
    const shard = shardOf(nodes, primary);
    writer.array(2 + shard.length);
    for (const slot of primary.slots ?? []) writer.integer(slot);
    for (const { host, port, id } of shard) {
      writer.array(4);
      writer.bulkText(host);
      writer.integer(port);
      writer.bulkText(id);
      writer.map(0, resp);
    }
  }
}

export function writeShards(writer: FrameWriter, nodes: Nodes, resp: RespVersion, isSecret: boolean): void {
  const primaries = nodes.filter(({ slots }) => slots !== undefined);
  writer.array(primaries.length);
  for (const primary of primaries) {
    const shard = shardOf(nodes, primary);
    writer.map(2, resp);
    writer.bulkText('slots');
    writer.array(2);
    for (const slot of primary.slots ?? []) writer.integer(slot);
    writer.bulkText('nodes');
    writer.array(shard.length);
    for (const { id, host, port, slots } of shard) {
      writer.map(7, resp);
      writeField(writer, 'id', id);
      writeField(writer, isSecret ? 'tls-port' : 'port', port);
      writeField(writer, 'ip', host);
      writeField(writer, 'endpoint', host);
      writeField(writer, 'role', slots === undefined ? 'replica' : 'master');
      writeField(writer, 'replication-offset', 0);
      writeField(writer, 'health', 'online');
    }
  }
}

function writeField(writer: FrameWriter, name: string, value: string | number): void {
  writer.bulkText(name);
  if (typeof value === 'number') writer.integer(value);
  else writer.bulkText(value);
}

/** A primary and its replicas. */
function shardOf(nodes: Nodes, primary: AnnouncedNode): AnnouncedNode[] {
  return nodes.filter(({ primaryId }) => primaryId === primary.id);
}

/** A line of CLUSTER NODES, without its end. */
export function nodeLine(nodes: Nodes, node: AnnouncedNode): string {
  const { id, primaryId, host, port, slots, isSelf } = node;
  const bus = port + BUS_OFFSET > MAX_PORT ? 0 : port + BUS_OFFSET;
  const flags = `${isSelf ? 'myself,' : ''}${slots === undefined ? 'slave' : 'master'}`;
  const primary = slots === undefined ? primaryId : '-';
  const epoch = 1 + nodes.findIndex((other) => other.id === primaryId);
  const words = [id, `${host}:${port}@${bus}`, flags, primary, 0, 0, epoch, 'connected'];
  return [...words, ...(slots === undefined ? [] : [slots.join('-')])].join(' ');
}

export function nodesText(nodes: Nodes): string {
  return nodes.map((node) => `${nodeLine(nodes, node)}\n`).join('');
}

export function infoText(nodes: Nodes): string {
  const size = nodes.filter(({ slots }) => slots !== undefined).length;
  const mine = nodes.findIndex(({ isSelf }) => isSelf);
  const fields = {
    cluster_state: 'ok',
    cluster_slots_assigned: SLOT_COUNT,
    cluster_slots_ok: SLOT_COUNT,
    cluster_slots_pfail: 0,
    cluster_slots_fail: 0,
    cluster_known_nodes: nodes.length,
    cluster_size: size,
    cluster_current_epoch: size,
    cluster_my_epoch: mine + 1,
    cluster_stats_messages_sent: 0,
    cluster_stats_messages_received: 0,
    total_cluster_links_buffer_limit_exceeded: 0,
  };
  return Object.entries(fields)
    .map(([name, value]) => `${name}:${value}\r\n`)
    .join('');
}

/** CLUSTER REPLICAS of the node with this id; false where there is none. */
export function writeReplicas(writer: FrameWriter, nodes: Nodes, id: string): boolean {
  const primary = nodes.find((node) => node.id === id);
  if (primary === undefined) return false;
  const replicas = nodes.filter(({ slots, primaryId }) => slots === undefined && primaryId === id);
  writer.array(replicas.length);
  for (const node of replicas) writer.bulkText(nodeLine(nodes, node));
  return true;
}

/** CLUSTER MYSHARDID. */
export function shardIdText(nodes: Nodes): string {
  const self = nodes.find(({ isSelf }) => isSelf);
  return shardIdOf(self?.primaryId ?? '');
}
