import { describe, expect, it } from 'vitest';
import { createRandom, type Random } from '../../../src/base/random.ts';
import { type RecordHandler, RingReader, RingWriter, ringBytes } from '../../../src/memory/ring.ts';
import { RingLink } from '../../../src/memory/ring-link.ts';
import { testSeed } from '../../support/seed.ts';

type Row = readonly [kind: number, a: number, b: number, c: number, d: number, payload: string];

class Rows implements RecordHandler {
  readonly rows: Row[] = [];

  record(
    kind: number,
    a: number,
    b: number,
    c: number,
    d: number,
    bytes: Uint8Array,
    start: number,
    end: number,
  ): void {
    this.rows.push([kind, a, b, c, d, Buffer.from(bytes).toString('latin1', start, end)]);
  }
}

function randomRow(random: Random, longest: number): Row {
  const number = (): number => random.integer(2 ** 32) | 0;
  const length = random.next() < 0.3 ? random.integer(4) : random.integer(longest + 1);
  const letter = String.fromCharCode(97 + random.integer(26));
  return [1 + random.integer(7), number(), number(), number(), number(), letter.repeat(length)];
}

function write(writer: RingWriter, [kind, a, b, c, d, payload]: Row): boolean {
  const bytes = Buffer.from(`..${payload}..`);
  return writer.write(kind, a, b, c, d, bytes, 2, 2 + payload.length);
}

/** A ring whose positions have come a long way already. */
function ringAt(capacity: number, position: number): SharedArrayBuffer {
  const buffer = new SharedArrayBuffer(ringBytes(capacity));
  new Int32Array(buffer, 0, 2).fill(position | 0);
  return buffer;
}

describe('RingWriter and RingReader', () => {
  it('carry records of any size in order, also where positions wrap', () => {
    const seed = testSeed('ring');
    for (let run = 0; run < 60; run++) {
      const random = createRandom(seed + run);
      const capacity = 256 << random.integer(5);
      const starts = [0, 0x7fffff00, 0xffffff00, random.integer(2 ** 27) * 32];
      const buffer = ringAt(capacity, random.pick(starts));
      const writer = new RingWriter(buffer);
      const reader = new RingReader(buffer);
      const sent: Row[] = [];
      const got = new Rows();
      let full = 0;
      for (let step = 0; step < 500; step++) {
        const row = randomRow(random, writer.maxPayloadBytes);
        if (write(writer, row)) sent.push(row);
        else full += 1;
        if (random.next() < 0.2) reader.drain(got);
      }
      reader.drain(got);
      expect(got.rows).toEqual(sent);
      expect(full).toBeGreaterThan(0);
    }
  });

  it('take every record that the writer may write once the ring is empty', () => {
    for (let offset = 0; offset < 512; offset += 32) {
      const buffer = ringAt(512, offset);
      const writer = new RingWriter(buffer);
      const reader = new RingReader(buffer);
      const longest: Row = [1, 2, 3, 4, 5, 'x'.repeat(writer.maxPayloadBytes)];
      expect(write(writer, longest)).toBe(true);
      const got = new Rows();
      expect(reader.drain(got)).toBe(1);
      expect(got.rows).toEqual([longest]);
    }
  });

  it('refuse without writing when there is no room, until the reader has made some', () => {
    const buffer = ringAt(256, 0);
    const writer = new RingWriter(buffer);
    const reader = new RingReader(buffer);
    const row: Row = [1, 0, 0, 0, 0, 'y'.repeat(32)];
    for (let count = 0; count < 4; count++) expect(write(writer, row)).toBe(true);
    expect(write(writer, row)).toBe(false);
    const got = new Rows();
    expect(reader.drain(got)).toBe(4);
    expect(write(writer, row)).toBe(true);
    expect(reader.drain(got)).toBe(1);
  });

  it('give room back record by record, while others are still to be handed over', () => {
    const buffer = ringAt(256, 0);
    const writer = new RingWriter(buffer);
    const reader = new RingReader(buffer);
    const row: Row = [1, 0, 0, 0, 0, 'z'.repeat(32)];
    for (let count = 0; count < 4; count++) write(writer, row);
    let answered = 0;
    const count = reader.drain({
      record: () => {
        if (answered < 10 && write(writer, row)) answered += 1;
      },
    });
    // The record in hand still takes its place: the first answer finds no room.
    expect(answered).toBe(10);
    expect(count).toBe(14);
  });
});

/** Two links that wake each other only by leaving a mark. */
function linkedPair(capacity: number): {
  left: RingLink;
  right: RingLink;
  atLeft: Rows;
  atRight: Rows;
  wakes: { left: number; right: number };
} {
  const one = ringAt(capacity, 0);
  const two = ringAt(capacity, 0);
  const wakes = { left: 0, right: 0 };
  const waker = (side: 'left' | 'right') => ({
    wake: (): void => {
      wakes[side] += 1;
    },
  });
  const atLeft = new Rows();
  const atRight = new Rows();
  const left = new RingLink(one, two, waker('right'), atLeft);
  const right = new RingLink(two, one, waker('left'), atRight);
  return { left, right, atLeft, atRight, wakes };
}

function send(link: RingLink, [kind, a, b, c, d, payload]: Row): void {
  const bytes = Buffer.from(`..${payload}..`);
  link.send(kind, a, b, c, d, bytes, 2, 2 + payload.length);
  // What was sent must be the link's own by now.
  bytes.fill(0);
}

describe('RingLink', () => {
  it('gets everything through in order, however full the ring and long the payloads', () => {
    const seed = testSeed('ring link');
    for (let run = 0; run < 40; run++) {
      const random = createRandom(seed + run);
      const { left, right, atLeft, atRight, wakes } = linkedPair(256 << random.integer(4));
      const toRight: Row[] = [];
      const toLeft: Row[] = [];
      let waited = false;
      for (let step = 0; step < 300; step++) {
        const row = randomRow(random, 1500);
        const rightwards = random.next() < 0.5;
        (rightwards ? toRight : toLeft).push(row);
        send(rightwards ? left : right, row);
        if (random.next() < 0.3) left.flush();
        if (random.next() < 0.3) right.flush();
        if (random.next() < 0.2) left.receive();
        if (random.next() < 0.2) right.receive();
        waited ||= left.waitingBytes > 0;
      }
      expect(waited).toBe(true);
      // From here on each side works only when it has been woken, as a worker does.
      left.flush();
      right.flush();
      for (let pending = true; pending; ) {
        pending = false;
        for (const [side, link] of [['left', left] as const, ['right', right] as const]) {
          if (wakes[side] === 0) continue;
          wakes[side] = 0;
          pending = true;
          link.receive();
          link.flush();
        }
      }
      expect(atRight.rows).toEqual(toRight);
      expect(atLeft.rows).toEqual(toLeft);
      expect(left.waitingBytes + right.waitingBytes).toBe(0);
    }
  });

  it('wakes the other side once for a batch, and not at all without news', () => {
    const { left, right, wakes } = linkedPair(4096);
    for (let count = 0; count < 10; count++) send(left, [1, 0, 0, 0, 0, 'x']);
    left.flush();
    left.flush();
    expect(wakes).toEqual({ left: 0, right: 1 });
    expect(right.receive()).toBe(10);
    right.flush();
    expect(wakes).toEqual({ left: 0, right: 1 });
  });

  it('says that there is room again when somebody has waited for it, once', () => {
    const { left, right, wakes } = linkedPair(256);
    for (let count = 0; count < 6; count++) send(left, [1, 0, 0, 0, 0, 'x']);
    left.flush();
    expect(left.waitingBytes).toBeGreaterThan(0);
    right.receive();
    right.flush();
    expect(wakes).toEqual({ left: 1, right: 1 });
    left.receive();
    left.flush();
    expect(left.waitingBytes).toBe(0);
    right.receive();
    right.flush();
    right.flush();
    expect(wakes).toEqual({ left: 1, right: 2 });
  });
});
