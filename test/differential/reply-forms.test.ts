/**
 * Replies in RESP2 and RESP3: what the converter makes of a server's reply in one version is what the same server says
 * in the other. Two servers of one release are told the same, one in each protocol.
 */
import { afterAll, describe, expect, it } from 'vitest';
import { FrameParser } from '../../src/commands/parsed-frame.ts';
import { replyShape } from '../../src/commands/reply-shapes.ts';
import { buildCommandTable } from '../../src/commands/table.ts';
import { ReplyConverter } from '../../src/resp/convert-reply.ts';
import { FrameWriter, type RespVersion } from '../../src/resp/encode.ts';
import type { ReplyShape } from '../../src/resp/reply-shape.ts';
import { encodeCommand, RawClient } from '../support/raw-client.ts';
import { decodeRaw, type RawReply } from '../support/raw-reply.ts';
import { type ServerName, serverNames, startServer } from '../support/servers.ts';
import { dataGroups } from './reply-form-data.ts';
import { commandsOf } from './reply-form-groups.ts';
import { serverGroups } from './reply-form-server.ts';

const table = buildCommandTable();
const groups = [...dataGroups, ...serverGroups];

/** Commands with no single reply, or with nobody left to ask behind them; PFSELFTEST takes seconds to say OK. */
const elsewhere = new Set([
  'client|reply',
  'monitor',
  'pfselftest',
  'psubscribe',
  'psync',
  'punsubscribe',
  'quit',
  'replconf',
  'script|debug',
  'shutdown',
  'ssubscribe',
  'subscribe',
  'sunsubscribe',
  'sync',
  'unsubscribe',
]);

/** Shapes of the replies to one client's commands, those in a transaction included. */
class Shapes {
  #queued: ReplyShape[] = [];

  /** `isQueued`: the server has put the command off until EXEC. */
  next(command: readonly string[], isQueued: boolean): ReplyShape {
    const frame = encodeCommand(command);
    const view = new FrameParser().parse(frame, 0, frame.length);
    const definition = table.definitions[table.lookup(view.bytes, view.spans, view.count)];
    if (definition?.name === 'multi') this.#queued = [];
    if (definition?.name === 'exec') return { tuple: this.#queued };
    const shape = replyShape(definition, view);
    if (isQueued) this.#queued.push(shape);
    return shape;
  }
}

function convert(shape: ReplyShape, reply: Uint8Array, to: RespVersion): Buffer {
  const writer = new FrameWriter();
  const converter = new ReplyConverter(writer);
  converter.begin(shape, to);
  converter.feed(reply, 0, reply.length);
  return Buffer.from(writer.bytes.slice(0, writer.length));
}

/**
 * The types in a reply, without what differs from moment to moment. `dropsEmpty` leaves out empty parts: of a command
 * without subcommands most releases say so with an empty set, Valkey 9 with an empty array, and how many levels a
 * vector set has is chance.
 */
function formOf(reply: RawReply, dropsEmpty: boolean): string {
  const inner = (item: RawReply): string => formOf(item, dropsEmpty);
  if (reply.type === 'map') {
    const entries = reply.entries.map(([key, value]) => `${keyOf(key)}=${inner(value)}`);
    return entries.length === 0 && dropsEmpty ? '' : `map{${[...new Set(entries)].sort().join(' ')}}`;
  }
  if (reply.type === 'null') return reply.form;
  if (!('items' in reply)) return reply.type === 'verbatim' ? `verbatim:${reply.format}` : reply.type;
  if (reply.items.length === 0 && dropsEmpty) return '';
  const items = new Set(reply.items.map(inner).filter((item) => item !== ''));
  return `${reply.type}[${[...items].sort().join(' ')}]`;
}

function keyOf(key: RawReply): string {
  if (key.type === 'bulk') return key.bytes.toString('latin1');
  return key.type === 'simple' ? key.text : formOf(key, false);
}

function form(bytes: Buffer, command: string): string {
  return formOf(decodeRaw(bytes, 0)!.reply, /^(COMMAND( INFO.*)?|VLINKS.*)$/.test(command));
}

describe.each(serverNames)('%s', (name: ServerName) => {
  const clients: RawClient[] = [];
  afterAll(() => {
    for (const client of clients) client.close();
  });

  async function connect(args: readonly string[]): Promise<RawClient> {
    const server = await startServer(name, { args: ['--enable-debug-command', 'yes', ...args] });
    const client = await RawClient.connect({ port: server.port });
    clients.push(client);
    return client;
  }

  it.each(groups)('$name', async (group) => {
    const args = group.server === 'cluster' ? ['--cluster-enabled', 'yes'] : [];
    const old = await connect(args);
    const young = await connect(args);
    const shapes = new Shapes();
    await young.hello3();
    for (const command of commandsOf(group)) {
      const line = command.join(' ');
      const [two, three] = [await old.callBytes(...command), await young.callBytes(...command)];
      if (line === 'RESET') await young.hello3();
      const shape = shapes.next(command, two.toString() === '+QUEUED\r\n');
      const [up, down] = [convert(shape, two, 3), convert(shape, three, 2)];
      if (!up.equals(three)) expect(form(up, line), line).toBe(form(three, line));
      if (!down.equals(two)) expect(form(down, line), line).toBe(form(two, line));
    }
  });
});

it('has a line for every command of the catalogue', () => {
  const seen = new Set<number>();
  for (const group of groups) {
    for (const command of commandsOf(group)) {
      const frame = encodeCommand(command);
      const view = new FrameParser().parse(frame, 0, frame.length);
      seen.add(table.lookup(view.bytes, view.spans, view.count));
    }
  }
  const missing = table.definitions.filter(
    ({ name, subcommands }, id) => subcommands === undefined && !seen.has(id) && !elsewhere.has(name),
  );
  expect(missing.map(({ name }) => name)).toEqual([]);
});
