/** Which batches are traced, what finds no room, and which codes of errors may be shown. */
import { describe, expect, it } from 'vitest';
import { ManualClock } from '../../../src/base/clock.ts';
import { errorCodeOf } from '../../../src/telemetry/error-code.ts';
import { SpanCounts, type SpanRecord, Tracer } from '../../../src/telemetry/trace.ts';

interface Made {
  readonly tracer: Tracer;
  readonly counts: SpanCounts;
  readonly posted: SpanRecord[][];
}

function make(samplePercent: number, limit = 1000): Made {
  const counts = new SpanCounts(new SharedArrayBuffer(SpanCounts.BYTES), limit);
  const posted: SpanRecord[][] = [];
  const clock = new ManualClock(0);
  const tracer = new Tracer({ clock, counts, samplePercent, post: (spans) => posted.push([...spans]) });
  return { tracer, counts, posted };
}

function tracedTurns(tracer: Tracer, turns: number): number {
  let traced = 0;
  for (let turn = 0; turn < turns; turn++) {
    tracer.endOfTurn();
    if (tracer.isOn) traced += 1;
  }
  return traced;
}

describe('a share of the batches', () => {
  it('is none at 0, every one at 100, and about as large as it is to be between', () => {
    expect(tracedTurns(make(0).tracer, 10_000)).toBe(0);
    expect(tracedTurns(make(100).tracer, 10_000)).toBe(10_000);
    // Ten times the standard deviation on either side.
    const traced = tracedTurns(make(10).tracer, 100_000);
    expect(Math.abs(traced - 10_000)).toBeLessThan(950);
  });

  it('keeps no step with turns that alternate', () => {
    const { tracer } = make(50);
    const traced = [0, 0];
    for (let turn = 0; turn < 20_000; turn++) {
      tracer.endOfTurn();
      if (tracer.isOn) traced[turn % 2]! += 1;
    }
    for (const count of traced) expect(Math.abs(count - 5_000)).toBeLessThan(500);
  });

  it('changes while the gateway runs, and tells when it is on', () => {
    const { tracer } = make(0);
    const switched: boolean[] = [];
    tracer.onSwitch = () => switched.push(tracer.isOn);
    tracedTurns(tracer, 10);
    tracer.reconfigure(100);
    tracedTurns(tracer, 10);
    tracer.reconfigure(0);
    tracedTurns(tracer, 10);
    expect(switched).toEqual([true, false]);
  });
});

describe('finished spans', () => {
  it('are posted once for each batch, children with the ids of their command', () => {
    const { tracer, counts, posted } = make(100);
    tracer.addressOf = (target) => `${target}:1`;
    const trace = tracer.begin('get', 2, '127.0.0.1:6379', '127.0.0.1:50000')!;
    tracer.opened(trace, 7, 1);
    expect(tracer.find(7, 2)).toBeUndefined();
    expect(tracer.find(7, 1)).toBe(trace);
    tracer.primary(trace, 0, '');
    tracer.mirror(trace, 0, 'match', '');
    tracer.answered(trace);
    expect(posted).toEqual([]);
    tracer.endOfTurn();
    tracer.endOfTurn();
    expect(posted).toHaveLength(1);
    const [primary, mirror, command] = posted[0]!;
    expect([primary, mirror, command].map((span) => span?.kind)).toEqual(['primary', 'mirror', 'command']);
    expect(command).toMatchObject({ parentId: '', database: 2, peer: '127.0.0.1:50000' });
    expect(command!.traceId).toMatch(/^[0-9a-f]{32}$/);
    for (const child of [primary, mirror]) {
      expect(child).toMatchObject({ traceId: command!.traceId, parentId: command!.spanId });
      expect(child!.spanId).toMatch(/^[0-9a-f]{16}$/);
    }
    expect(counts.posted).toBe(3);
  });

  it('are dropped and counted where so many are on their way that none has room', () => {
    const { tracer, counts, posted } = make(100, 5);
    const end = (): void => {
      const trace = tracer.begin('get', 0, '', '');
      if (trace !== undefined) tracer.answered(trace);
    };
    for (let index = 0; index < 4; index++) end();
    tracer.endOfTurn();
    for (let index = 0; index < 4; index++) end();
    tracer.endOfTurn();
    expect(posted.map(({ length }) => length)).toEqual([4, 1]);
    expect(counts.dropped).toBe(3);
    counts.addPosted(-5);
    end();
    tracer.endOfTurn();
    expect(posted).toHaveLength(3);
  });
});

describe('the code of an error', () => {
  it.each([
    ['+OK\r\n', ''],
    ['$3\r\n-ab\r\n', ''],
    ['-WRONGTYPE Operation against a key\r\n', 'WRONGTYPE'],
    ['-ERR unknown command\r\n', 'ERR'],
    ['!21\r\nSYNTAX invalid syntax\r\n', 'SYNTAX'],
    ['-MYSECRET is out\r\n', '_OTHER'],
    ['!8\r\nMYSECRET\r\n', '_OTHER'],
    ['-ERRSECRET\r\n', '_OTHER'],
    ['-\r\n', '_OTHER'],
    ['!', '_OTHER'],
  ])('of %j is %j', (reply, code) => {
    const bytes = Buffer.from(`??${reply}`);
    expect(errorCodeOf(bytes, 2, bytes.length)).toBe(code);
  });
});
