/**
 * Lines of CLIENT LIST: taking the server's apart, and making those of the gateway's clients after their model. Which
 * fields there are, in which order, and what stands in fields unknown here, is the server's own. Pure; worker thread.
 */
import { type ClientLine, flagLetters, lineNumber, parseLine } from '../commands/connection/client-line.ts';
import type { ClientSnapshot } from './client-record.ts';

/** Where the server does not show what its lines look like. */
const USUAL =
  'id=0 addr= laddr= fd=0 name= age=0 idle=0 flags=N db=0 sub=0 psub=0 ssub=0 multi=-1 watch=0 qbuf=0 qbuf-free=0 ' +
  'argv-mem=0 multi-mem=0 rbs=0 rbp=0 obl=0 oll=0 omem=0 tot-mem=0 events=r cmd=NULL user=default redir=-1 resp=2 ' +
  'lib-name= lib-ver= tot-net-in=0 tot-net-out=0 tot-cmds=0';

/** Servers keep so much output with the client, and the rest in a list of blocks. */
const STATIC_OUTPUT_BYTES = 16 * 1024;
const MS = 1000;
/** What a connection that is nobody's own has of these. */
const STATELESS: readonly (readonly [string, string])[] = [
  ['flags', 'N'],
  ['capa', ''],
  ['sub', '0'],
  ['psub', '0'],
  ['ssub', '0'],
  ['multi', '-1'],
  ['watch', '0'],
  ['multi-mem', '0'],
  ['redir', '-1'],
];

/** A line to go by where the server has shown none. */
export function usualLine(): ClientLine {
  return parseLine(USUAL);
}

/** The command that a client is running while it is looked at: only that of the one who asks. */
export interface RunningCommand {
  readonly frameBytes: number;
  readonly argumentBytes: number;
}

/**
 * The line of a client. `model` is a line of the server, which shows a client while it runs CLIENT INFO; `own` that of
 * the client's own upstream connection, if it has one.
 */
export function describeClient(
  client: ClientSnapshot,
  model: ClientLine,
  own: ClientLine | undefined,
  running: RunningCommand | undefined,
): ClientLine {
  const line: ClientLine = new Map(model);
  for (const [field, value] of STATELESS) set(line, field, own?.get(field) ?? value);
  set(line, 'id', client.id);
  setAddresses(line, client);
  set(line, 'name', client.name);
  set(line, 'age', Math.floor(client.ageMs / MS));
  set(line, 'idle', Math.floor(client.idleMs / MS));
  if (client.database !== 0) set(line, 'db', client.database);
  if (client.user !== undefined) set(line, 'user', client.user);
  setSizes(line, client, model, running);
  set(line, 'events', `${client.isReading ? 'r' : ''}${client.outputBytes > 0 ? 'w' : ''}`);
  set(line, 'cmd', client.command);
  set(line, 'lib-name', client.libName);
  set(line, 'lib-ver', client.libVersion);
  set(line, 'tot-net-in', client.bytesIn);
  set(line, 'tot-net-out', client.bytesOut);
  set(line, 'tot-cmds', client.commands);
  return line;
}

/** Fields with the numbers of channels, patterns and shard channels. */
const SUBSCRIPTIONS = ['sub', 'psub', 'ssub'];

/**
 * Cold. What the client's own connection does not show as it is: the socket's ends and kind, the protocol, what it
 * listens to elsewhere, and whether the gateway holds it up.
 */
export function setAddresses(line: ClientLine, client: ClientSnapshot): void {
  set(line, 'addr', client.address);
  set(line, 'laddr', client.localAddress);
  set(line, 'fd', client.descriptor);
  set(line, 'resp', client.resp);
  if (client.user !== undefined) set(line, 'user', client.user);
  const letters = new Set((line.get('flags') ?? '').replace(/[UN]/g, ''));
  if (client.isUnix) letters.add('U');
  if (client.isHeld) letters.add('b');
  if (client.subscriptions !== undefined) {
    SUBSCRIPTIONS.forEach((field, place) => {
      set(line, field, client.subscriptions![place]);
    });
    set(line, 'cmd', client.command);
    letters.add('P');
  }
  set(line, 'flags', flagLetters(letters));
}

function setSizes(
  line: ClientLine,
  client: ClientSnapshot,
  model: ClientLine,
  running: RunningCommand | undefined,
): void {
  // Some servers leave a command in the client's own query buffer while it runs; others share one between clients.
  const isCounted = running !== undefined && !model.has('tot-net-in');
  const keepsBuffer = isCounted || !model.has('watch');
  const query = client.queryBytes + (isCounted ? running.frameBytes : 0);
  const free = keepsBuffer ? lineNumber(model, 'qbuf-free') : 0;
  const output = Math.min(client.outputBytes, STATIC_OUTPUT_BYTES);
  const listed = client.outputBytes - output;
  const parts = ['qbuf', 'qbuf-free', 'argv-mem', 'omem'].reduce(
    (sum, field) => sum + lineNumber(model, field),
    0,
  );
  const argumentBytes = running?.argumentBytes ?? 0;
  set(line, 'qbuf', query);
  set(line, 'qbuf-free', free);
  set(line, 'argv-mem', argumentBytes);
  set(line, 'obl', output);
  set(line, 'oll', listed > 0 ? 1 : 0);
  set(line, 'omem', listed);
  set(
    line,
    'tot-mem',
    Math.max(0, lineNumber(model, 'tot-mem') - parts) + query + free + argumentBytes + listed,
  );
}

/** Fields that the server does not have are left out. */
function set(line: ClientLine, field: string, value: string | number): void {
  if (line.has(field)) line.set(field, String(value));
}
