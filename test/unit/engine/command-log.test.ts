/** The log of slow commands: in order over workers, bounded by its length and by its memory. */
import { describe, expect, it } from 'vitest';
import { COMMAND_LOG_BYTES, CommandLog } from '../../../src/engine/command-log.ts';
import { LIVENESS_BYTES, LockOwner } from '../../../src/memory/lock.ts';
import { FrameWriter } from '../../../src/resp/encode.ts';
import { decodeReply, replyInteger } from '../../../src/resp/reply.ts';
import { makeEngine } from './in-process-engine.ts';

function makeLog(): CommandLog {
  const owner = new LockOwner(1, new SharedArrayBuffer(LIVENESS_BYTES));
  return new CommandLog(new SharedArrayBuffer(COMMAND_LOG_BYTES), owner);
}

function rest(bytes: number, fill: number): FrameWriter {
  const writer = new FrameWriter();
  writer.array(1);
  writer.bulk(new Uint8Array(bytes).fill(fill), 0, bytes);
  writer.text('address');
  writer.text('name');
  return writer;
}

describe('a log', () => {
  it('keeps the newest entries, whole, when its memory is full', () => {
    const log = makeLog();
    const sizes = [1, 5000, 17, 4096, 900, 123, 60_000];
    const count = 3000;
    for (let at = 0; at < count; at++) {
      log.push(1, at, rest(sizes[at % sizes.length]!, at % 251), Number.POSITIVE_INFINITY);
    }
    expect(log.length).toBeLessThan(count);
    expect(log.length).toBeGreaterThan(100);
    const writer = new FrameWriter();
    log.write(writer, Number.POSITIVE_INFINITY);
    const { items } = decodeReply(writer.bytes, 0, writer.length);
    expect(items.length).toBe(log.length);
    for (const [index, { items: entry }] of items.entries()) {
      const at = count - 1 - index;
      expect(replyInteger(entry[0]!)).toBe(at);
      expect(replyInteger(entry[2]!)).toBe(at);
      const { bytes, start, end } = entry[3]!.items[0]!;
      const value = Buffer.from(bytes.slice(start, end)).toString('latin1');
      const [length, filled] = [sizes[at % sizes.length]!, String.fromCharCode(at % 251)];
      expect(value.endsWith(`${filled.repeat(length)}\r\n`)).toBe(true);
    }
  });

  it('is no longer than it may be, and goes on counting after a reset', () => {
    const log = makeLog();
    for (let at = 0; at < 10; at++) log.push(1, at, rest(3, 1), 4);
    expect(log.length).toBe(4);
    log.trim(2);
    expect(log.length).toBe(2);
    log.clear();
    expect(log.length).toBe(0);
    log.push(1, 7, rest(3, 1), 4);
    const writer = new FrameWriter();
    log.write(writer, 10);
    expect(Buffer.from(writer.bytes.slice(0, 20)).toString()).toMatch(/^\*1\r\n\*6\r\n:10\r\n:1\r\n/);
  });
});

describe('SLOWLOG', () => {
  const words = (reply: string): string[] =>
    [...reply.matchAll(/\$\d+\r\n([^\r]*)/g)].map(([, word]) => word!);

  it('holds the commands of all workers in the order in which they ended', () => {
    const one = makeEngine({ workers: 2 });
    const other = makeEngine({ memory: one.memory, worker: 1, workers: 2 });
    const [a, b] = [one.client(), other.client()];
    a.line('CONFIG SET slowlog-log-slower-than 0');
    b.line('SLOWLOG RESET');
    a.line('SET k 1');
    b.line('INCR k');
    a.line('GET k');
    b.line('CONFIG SET slowlog-log-slower-than -1');
    expect(words(a.line('SLOWLOG GET')).filter((word) => word !== '')).toEqual([
      ...['GET', 'k', 'INCR', 'k', 'SET', 'k', '1', 'SLOWLOG', 'RESET'],
    ]);
    expect(b.line('SLOWLOG LEN')).toBe(':4\r\n');
  });

  it('holds a long command once, when it has its reply', () => {
    const { engine, client: connect } = makeEngine();
    const client = connect();
    for (let at = 0; at < 2000; at++) client.line(`SET key:${at} v`);
    client.line('CONFIG SET slowlog-log-slower-than 0');
    client.line('SLOWLOG RESET');
    client.line('KEYS *');
    while (engine.isBusy) engine.runLater();
    const keys = words(client.line('SLOWLOG GET -1'));
    expect(keys.filter((word) => word === 'KEYS')).toEqual(['KEYS']);
  });

  it('times everything when little counts as slow, and one in sixteen of what is quick otherwise', () => {
    const { engine, client: connect } = makeEngine();
    const client = connect();
    client.line('CONFIG SET slowlog-log-slower-than 10000');
    client.line('PING');
    expect(engine.watch.timesAll).toBe(false);
    client.line('CONFIG SET slowlog-log-slower-than 100');
    client.line('PING');
    expect(engine.watch.timesAll).toBe(true);
    client.line('CONFIG SET slowlog-log-slower-than -1 latency-monitor-threshold 1');
    client.line('PING');
    expect(engine.watch.timesAll).toBe(true);
    client.line('CONFIG SET latency-monitor-threshold 0');
    client.line('PING');
    expect(engine.watch.timesAll).toBe(false);
  });
});
