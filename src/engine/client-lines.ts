/**
 * Lines of CLIENT LIST about the engine's clients, with the fields that the compatibility level has. Worker thread.
 * Cold: for administration. As valkey 8.0 `catClientInfoString`.
 */
import { MODE_MULTI, MODE_SUBSCRIBED } from '../commands/client-state.ts';
import { type ClientLine, flagLetters } from '../commands/connection/client-line.ts';
import type { CommandContext } from '../commands/context.ts';
import { LISTEN_CHANNEL, LISTEN_PATTERN, LISTEN_SHARD } from '../commands/ports.ts';
import type { ConnectionFacts, EngineClient } from './client.ts';
import type { Engine } from './engine.ts';

/** What a connection within the process has. */
const NO_FACTS: ConnectionFacts = {
  address: '',
  localAddress: '',
  isUnix: false,
  descriptor: -1,
  queryBytes: 0,
  outputBytes: 0,
  isReading: true,
  bytesIn: 0,
  bytesOut: 0,
};
/** The servers' reply buffer, and what a client takes by itself. */
const REPLY_BUFFER = 16384;
const CLIENT_BYTES = 920;

export function lineOf(engine: Engine, client: EngineClient): ClientLine {
  const { isValkey, level } = engine.context.compatibility;
  const facts = client.output.facts?.() ?? NO_FACTS;
  const { nowMs } = engine.clock;
  const argumentBytes =
    client === engine.context.client ? bytesOf(engine.context.spans, engine.context.count) : 0;
  const queueBytes = bytesOfQueue(client);
  // Redis' own buffer still has the command that runs.
  const runningBytes = !isValkey && client === engine.context.client ? requestBytes(engine.context) : 0;
  const listed = Math.max(0, facts.outputBytes - REPLY_BUFFER);
  const line: ClientLine = new Map();
  const set = (field: string, value: string | number): void => void line.set(field, String(value));
  set('id', client.id);
  set('addr', facts.address);
  set('laddr', facts.localAddress);
  set('fd', facts.descriptor);
  set('name', client.name);
  set('age', Math.floor((nowMs - client.createdAtMs) / 1000));
  set('idle', Math.floor((nowMs - client.lastActiveMs) / 1000));
  set('flags', flagsOf(client, facts));
  if (isValkey && level >= 801) set('capa', client.canRedirect ? 'r' : '');
  set('db', client.database);
  set('sub', client.listensTo[LISTEN_CHANNEL].size);
  set('psub', client.listensTo[LISTEN_PATTERN].size);
  set('ssub', client.listensTo[LISTEN_SHARD].size);
  set('multi', transactionOf(client, isValkey && level >= 801));
  if (isValkey || level >= 704) set('watch', client.watched.length);
  set('qbuf', facts.queryBytes + runningBytes);
  set('qbuf-free', 0);
  set('argv-mem', argumentBytes);
  set('multi-mem', queueBytes);
  set('rbs', REPLY_BUFFER);
  set('rbp', 0);
  set('obl', Math.min(facts.outputBytes, REPLY_BUFFER));
  set('oll', listed > 0 ? 1 : 0);
  set('omem', listed);
  set('tot-mem', clientBytes(client, facts.queryBytes, facts.outputBytes) + argumentBytes);
  set('events', `${facts.isReading ? 'r' : ''}${facts.outputBytes > 0 ? 'w' : ''}`);
  set('cmd', client.lastCommand < 0 ? 'NULL' : engine.plan.table.definitions[client.lastCommand].name);
  set('user', client.user);
  set('redir', client.tracking === undefined ? -1 : client.tracking.redirect);
  set('resp', client.resp);
  if (isValkey || level >= 702) {
    set('lib-name', client.libName);
    set('lib-ver', client.libVersion);
  }
  if (!isValkey && level >= 800) set('io-thread', 0);
  if (isValkey) {
    set('tot-net-in', facts.bytesIn);
    set('tot-net-out', facts.bytesOut);
    set('tot-cmds', client.commandCount - (client === engine.context.client ? 1 : 0));
  }
  return line;
}

/** What a client takes for whom so many bytes of commands and of replies wait. */
export function clientBytes(client: EngineClient, queryBytes: number, outputBytes: number): number {
  const listed = Math.max(0, outputBytes - REPLY_BUFFER);
  return CLIENT_BYTES + REPLY_BUFFER + queryBytes + bytesOfQueue(client) + listed;
}

/** Commands of the transaction; `remembers`: 0 in place of -1 where there has been one. */
function transactionOf(client: EngineClient, remembers: boolean): number {
  if ((client.mode & MODE_MULTI) !== 0) return client.queue.length;
  if (client.transaction > 0) return client.transaction;
  return remembers ? client.transaction : -1;
}

function flagsOf(client: EngineClient, facts: ConnectionFacts): string {
  const letters: string[] = [];
  if (client.isMonitor) letters.push('O');
  if ((client.mode & MODE_SUBSCRIBED) !== 0) letters.push('P');
  if (transactionOf(client, false) >= 0) letters.push('x');
  if (client.isPaused || client.wait !== undefined) letters.push('b');
  if (client.tracking !== undefined) letters.push('t');
  if (client.tracking?.isBroken) letters.push('R');
  if (client.tracking?.isBroadcast) letters.push('B');
  if (facts.isUnix) letters.push('U');
  if (client.noEvict) letters.push('e');
  if (client.noTouch) letters.push('T');
  if (client.isImportSource) letters.push('I');
  return flagLetters(letters);
}

/** Of a command as clients send it. */
function requestBytes({ spans, count }: CommandContext): number {
  let sum = `*${count}\r\n`.length;
  for (let at = 0; at < count; at++) {
    const length = spans[2 * at + 1] - spans[2 * at];
    sum += `$${length}\r\n`.length + length + 2;
  }
  return sum;
}

function bytesOfQueue({ queue }: EngineClient): number {
  return queue.reduce((sum, { spans, count }) => sum + bytesOf(spans, count), 0);
}

function bytesOf(spans: Int32Array, count: number): number {
  let sum = 0;
  for (let at = 0; at < count; at++) sum += spans[2 * at + 1] - spans[2 * at];
  return sum;
}
