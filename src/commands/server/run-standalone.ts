/**
 * What commands of replication, clusters and modules answer on an engine, which has none of these. Worker
 * thread. Cold: administration. What a server without replicas and cluster answers, word for word; where a server
 * would do something, an error that says what is missing.
 */
import { keySlot } from '../../base/slot.ts';
import { isWord, word } from '../arguments.ts';
import type { CommandContext } from '../context.ts';
import { SYNTAX } from '../errors.ts';

const NO_CLUSTER = 'ERR This instance has cluster support disabled';
const NOT_REPLICATED = 'ERR lockstep: the embedded engine does not replicate';
const NO_MODULES = 'ERR lockstep: the embedded engine does not load modules';
const NO = word('no');
const ONE = word('one');
const ABORT = word('abort');

export function runNoCluster(context: CommandContext): void {
  context.error(NO_CLUSTER);
}

/** READONLY and READWRITE: Valkey takes them from any client. */
export function runReplicaReads(context: CommandContext): void {
  if (context.compatibility.isValkey) context.ok();
  else context.error(NO_CLUSTER);
}

export function runReplicaof(context: CommandContext): void {
  if (isWord(context, 1, NO) && isWord(context, 2, ONE)) context.ok();
  else if (!/^\d{1,5}$/.test(context.text(2)) || Number(context.text(2)) > 65_535)
    context.error('ERR Invalid master port');
  else context.error(NOT_REPLICATED);
}

export function runNotReplicated(context: CommandContext): void {
  context.error(NOT_REPLICATED);
}

export function runFailover(context: CommandContext): void {
  if (context.count === 1) context.error('ERR FAILOVER requires connected replicas.');
  else if (context.count === 2 && isWord(context, 1, ABORT)) context.error('ERR No failover in progress.');
  else context.error(failoverMistake(context) ?? 'ERR FAILOVER requires connected replicas.');
}

function failoverMistake(context: CommandContext): string | undefined {
  for (let at = 1; at < context.count; at++) {
    const option = context.text(at).toLowerCase();
    const left = context.count - at - 1;
    if (option === 'timeout' && left >= 1) {
      at += 1;
      const timeout = context.text(at);
      if (!/^-?\d{1,18}$/.test(timeout)) return 'ERR value is not an integer or out of range';
      if (Number(timeout) <= 0) return 'ERR FAILOVER timeout must be greater than 0';
    } else if (option === 'to' && left >= 2) at += 2;
    else if (option !== 'force') return SYNTAX;
  }
  return undefined;
}

export function runModuleList(context: CommandContext): void {
  context.array(0);
}

export function runNoModules(context: CommandContext): void {
  context.error(NO_MODULES);
}

/** Valkey 9 tells the slot without a cluster as well. */
export function runClusterKeyslot(context: CommandContext): void {
  const { isValkey, level } = context.compatibility;
  if (isValkey && level >= 900) context.integer(keySlot(context.bytes, context.start(2), context.end(2)));
  else context.error(NO_CLUSTER);
}
