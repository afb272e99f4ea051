import { describe, expect, it } from 'vitest';
import { createRandom } from '../../../src/base/random.ts';
import { createMailMemory, Mailbox, type MailHandler } from '../../../src/engine/mailbox.ts';
import { testSeed } from '../../support/seed.ts';

const PLAIN = 7;
const URGENT = 8;
const NO_BYTES = new Uint8Array(0);

/** Three workers' mailboxes, and which of them have been woken. */
function threeWorkers() {
  const memory = createMailMemory(3);
  const boxes = [0, 1, 2].map((worker) => new Mailbox(memory, worker, 3));
  const woken = new Set<number>();
  for (const box of boxes) {
    for (const other of [0, 1, 2]) {
      if (other !== box.worker) box.connect(other, { wake: () => woken.add(other) });
    }
  }
  woken.clear();
  /** As a worker does when it is woken, until nobody is. */
  const settle = (): void => {
    while (woken.size > 0) {
      const [worker] = woken;
      woken.delete(worker!);
      boxes[worker!]!.receive();
      boxes[worker!]!.flush();
    }
  };
  return { boxes, woken, settle };
}

function noting(seen: string[]): MailHandler {
  return {
    mail: (from, a, b, c, d, bytes, start, end) =>
      seen.push(`${from} ${a} ${b} ${c} ${d} ${Buffer.from(bytes.slice(start, end))}`),
  };
}

describe('mailboxes of three workers', () => {
  it('carry records in order, with one wake-up for those of a turn', () => {
    const { boxes, woken, settle } = threeWorkers();
    const seen: string[] = [];
    boxes[1]!.handle(PLAIN, noting(seen));
    const bytes = Buffer.from('..payload..');
    boxes[0]!.send(1, PLAIN, 1, -2, 3, 4, bytes, 2, 9);
    boxes[0]!.send(1, PLAIN, 2, 0, 0, 0, bytes, 0, 0);
    boxes[2]!.send(1, PLAIN, 3, 0, 0, 0, bytes, 0, 0);
    expect([...woken]).toEqual([]);
    boxes[0]!.flush();
    boxes[2]!.flush();
    expect([...woken]).toEqual([1]);
    settle();
    expect(seen).toEqual(['0 1 -2 3 4 payload', '0 2 0 0 0 ', '2 3 0 0 0 ']);
    expect(() => boxes[0]!.send(0, PLAIN, 0, 0, 0, 0, bytes, 0, 0)).toThrow(/another one/);
  });

  it('what was sent before the workers knew how to wake each other arrives', () => {
    const memory = createMailMemory(2);
    const [left, right] = [new Mailbox(memory, 0, 2), new Mailbox(memory, 1, 2)];
    const seen: string[] = [];
    right.handle(PLAIN, noting(seen));
    left.send(1, PLAIN, 5, 0, 0, 0, NO_BYTES, 0, 0);
    left.flush();
    let woken = 0;
    left.connect(1, { wake: () => (woken += 1) });
    expect(woken).toBe(1);
    right.receive();
    expect(seen).toEqual(['0 5 0 0 0 ']);
  });

  it('hand over urgent records in the middle of a command and the others later, in their order', () => {
    const { boxes } = threeWorkers();
    const seen: string[] = [];
    boxes[1]!.handle(PLAIN, noting(seen));
    boxes[1]!.handle(URGENT, noting(seen), true);
    for (const [kind, number] of [
      [PLAIN, 1],
      [URGENT, 2],
      [PLAIN, 3],
      [URGENT, 4],
    ] as const) {
      boxes[0]!.send(1, kind, number, 0, 0, 0, NO_BYTES, 0, 0);
    }
    boxes[1]!.receiveUrgent();
    expect(seen).toEqual(['0 2 0 0 0 ', '0 4 0 0 0 ']);
    boxes[0]!.send(1, PLAIN, 5, 0, 0, 0, NO_BYTES, 0, 0);
    boxes[1]!.receive();
    expect(seen.slice(2)).toEqual(['0 1 0 0 0 ', '0 3 0 0 0 ', '0 5 0 0 0 ']);
  });

  it('are full when the other side does not take what it is sent, and lose nothing', () => {
    const { boxes, settle } = threeWorkers();
    const random = createRandom(testSeed('mailbox'));
    const got: number[][] = [[], [], []];
    for (const box of boxes) {
      box.handle(PLAIN, {
        mail: (_from, a, b, _c, _d, bytes, start, end) => {
          if (end - start !== b || (b > 0 && (bytes[start] !== (a & 255) || bytes[end - 1] !== (a & 255))))
            throw new Error(`record ${a} is not as it was sent`);
          got[box.worker]!.push(a);
        },
      });
    }
    const payload = new Uint8Array(3 * 1024 * 1024);
    const sent: number[][] = [[], [], []];
    for (let round = 0; round < 4; round++) {
      for (let number = 0; !boxes[0]!.isFull; number++) {
        const length = random.next() < 0.9 ? random.integer(1000) : random.integer(payload.length);
        payload.fill(number & 255, 0, length);
        const to = 1 + random.integer(2);
        boxes[0]!.send(to, PLAIN, number, length, 0, 0, payload, 0, length);
        sent[to]!.push(number);
      }
      boxes[0]!.flush();
      expect(boxes[0]!.isFull).toBe(true);
      settle();
      expect(boxes[0]!.isFull).toBe(false);
      expect(got).toEqual(sent);
    }
  });
});
