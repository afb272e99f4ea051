import { beforeAll, describe, expect, it } from 'vitest';
import { Chunk } from '../../../src/base/copies.ts';
import { buildCommandTable, type CommandTable } from '../../../src/commands/table.ts';
import { MirrorItem } from '../../../src/shadow/mirror-item.ts';
import { NO_EVENTS } from '../../support/item-events.ts';

const CHUNK = new Chunk(new Uint8Array(64));

let table: CommandTable;

beforeAll(() => {
  table = buildCommandTable();
});

type Facts = Parameters<MirrorItem['begin']>;

function factsOf(name: string, chunk = CHUNK): Facts {
  const command = table.byName(name);
  const definition = table.definitions[command];
  if (definition === undefined) throw new Error(`no command ${name}`);
  return [command, definition, name === 'set', 3, 3, 1234, chunk, 5, 17];
}

function itemOf(name: string): MirrorItem {
  const item = new MirrorItem(NO_EVENTS);
  item.begin(...factsOf(name));
  return item;
}

/** Fields whose content the stream or a lane may have changed, whatever it is. */
function spoil(item: MirrorItem): string[] {
  const names = Object.keys(item).filter((name) => name !== 'events');
  for (const name of names) {
    const before: unknown = Reflect.get(item, name);
    if (typeof before === 'boolean') Reflect.set(item, name, !before);
    else if (typeof before === 'number') Reflect.set(item, name, 77);
    else Reflect.set(item, name, { left: 'behind' });
  }
  return names;
}

describe('a mirrored command', () => {
  it('is as new when it begins again, whatever was in it', () => {
    const item = itemOf('set');
    expect(spoil(item)).toContain('deadlineMs');
    expect(item).not.toEqual(itemOf('get'));
    item.begin(...factsOf('get'));
    expect(item).toEqual(itemOf('get'));
  });

  it('forgets a reply of which only pieces came', () => {
    const item = itemOf('get');
    const replies: string[] = [];
    Object.assign(item, {
      events: {
        ...NO_EVENTS,
        maxReplyBytes: 100,
        shadowReply: (_item: MirrorItem, _part: number, bytes: Uint8Array, start: number, end: number) =>
          replies.push(Buffer.from(bytes.slice(start, end)).toString()),
      },
    });
    const long = Buffer.alloc(101, 'x');
    item.reply(0, 0, long, 0, long.length, false);
    item.begin(...factsOf('get'));
    const reply = Buffer.from('+OK\r\n');
    item.reply(0, 0, reply, 0, reply.length, true);
    expect(replies).toEqual(['+OK\r\n']);
  });

  it('is only spent where it went the short way', () => {
    const item = itemOf('get');
    expect(item.isSpent).toBe(false);
    item.isShort = true;
    expect(item.isSpent).toBe(true);
    const longer: Partial<MirrorItem>[] = [
      { oversize: true },
      { gated: true },
      { lost: true },
      { slots: Int32Array.of(1, 2) },
      { expectations: [] },
      { origin: itemOf('get') },
      { leased: new Uint8Array(1) },
    ];
    for (const way of longer) {
      const other = itemOf('get');
      other.isShort = true;
      Object.assign(other, way);
      expect(other.isSpent, Object.keys(way).join()).toBe(false);
    }
  });
});
