import { describe, expect, it } from 'vitest';
import { createRandom } from '../../../src/base/random.ts';
import { type AnsweredRequest, ReplyQueue } from '../../../src/gateway/reply-queue.ts';
import { testSeed } from '../../support/seed.ts';

interface Request {
  readonly silent: boolean;
  readonly pieces: string[];
  isComplete: boolean;
  /** Pieces that the model has let out. */
  sent: number;
}

/** What must have left, by the plainest means: everything up to the first request that is not complete. */
class Model {
  readonly requests: Request[] = [];
  output = '';

  get head(): number {
    const at = this.requests.findIndex(({ isComplete }) => !isComplete);
    return at < 0 ? this.requests.length : at;
  }

  get parkedBytes(): number {
    let bytes = 0;
    for (const { pieces, sent, silent } of this.requests) {
      if (!silent) bytes += pieces.slice(sent).join('').length;
    }
    return bytes;
  }

  release(): void {
    for (const request of this.requests.slice(0, this.head + 1)) {
      for (; request.sent < request.pieces.length; request.sent++) {
        if (!request.silent) this.output += request.pieces[request.sent];
      }
    }
  }
}

describe('ReplyQueue', () => {
  it('lets replies out in the order of requests, whatever the order in which their pieces come', () => {
    const seed = testSeed('reply queue');
    for (let run = 0; run < 30; run++) {
      const random = createRandom(seed + run);
      const model = new Model();
      let output = '';
      const queue = new ReplyQueue({
        emit: (bytes, start, end) => {
          output += Buffer.from(bytes).toString('latin1', start, end);
        },
        answered: (request) => answered.push({ ...request }),
      });
      const answered: AnsweredRequest[] = [];
      const seen: AnsweredRequest[] = [];
      const most = 1 + random.integer(80);
      for (let step = 0; step < 250; step++) {
        const open = model.requests.map((_, at) => at).filter((at) => !model.requests[at]!.isComplete);
        if (open.length === 0 || (open.length < most && random.next() < 0.5)) {
          const silent = random.next() < 0.1;
          const sequence = model.requests.length;
          if (silent) expect(queue.open(silent)).toBe(sequence);
          else {
            const note = random.next() < 0.5 ? undefined : { words: `words ${sequence}`, trace: undefined };
            const request = { command: sequence - 1, startedUs: sequence * 7, bytes: sequence * 3, note };
            seen.push(request);
            expect(queue.openNext(request.command, request.startedUs, request.bytes, note)).toBe(sequence);
          }
          model.requests.push({ silent, pieces: [], isComplete: false, sent: 0 });
        } else {
          const at = random.next() < 0.5 ? open[0]! : random.pick(open);
          const request = model.requests[at]!;
          if (random.next() < 0.1) {
            const takenBack = queue.takeBack(at);
            const hasLeft = at === model.head && request.sent > 0 && !request.silent;
            expect(takenBack).toBe(!hasLeft);
            if (takenBack) request.pieces.length = request.sent;
          } else {
            const piece = `${at}:${'x'.repeat(random.integer(4))};`;
            const last = random.next() < 0.6;
            const memory = Buffer.from(`??${piece}??`);
            request.pieces.push(piece);
            request.isComplete = last;
            model.release();
            queue.add(at, memory, 2, 2 + piece.length, last);
            memory.fill(0);
          }
        }
        expect(output).toBe(model.output);
        expect(queue.count).toBe(model.requests.length - model.head);
        expect(queue.parkedBytes).toBe(model.parkedBytes);
      }
      expect(answered).toEqual(seen.filter(({ command }) => command + 1 < model.head));
    }
  });

  it('refuses a reply to a request that is not open', () => {
    const queue = new ReplyQueue({ emit: () => {}, answered: () => {} });
    queue.open(false);
    queue.add(0, Buffer.from('+OK'), 0, 3, true);
    expect(() => queue.add(5, Buffer.from('+OK'), 0, 3, true)).toThrow(/open request/);
  });

  it('lets a message out behind every reply that has begun, and before those that have not', () => {
    let output = '';
    const queue = new ReplyQueue({
      emit: (bytes, start, end) => {
        output += Buffer.from(bytes).toString('latin1', start, end);
      },
      answered: () => {},
    });
    const hear = (message: string): void => queue.addBehind(Buffer.from(message), 0, message.length);
    const answer = (sequence: number, piece: string, last: boolean): void =>
      queue.add(sequence, Buffer.from(piece), 0, piece.length, last);
    hear('alone;');
    expect(output).toBe('alone;');
    const [first, second, third, fourth] = Array.from({ length: 4 }, () => queue.open(false));
    hear('nothing has begun;');
    answer(second!, 'second;', true);
    hear('behind the second;');
    hear('and this behind that;');
    answer(third!, 'third ', false);
    hear('behind the third;');
    expect(output).toBe('alone;nothing has begun;');
    answer(first!, 'first;', true);
    expect(output).toBe('alone;nothing has begun;first;second;behind the second;and this behind that;third ');
    output = '';
    hear('behind that, too;');
    expect(output).toBe('');
    answer(third!, 'is whole;', true);
    expect(output).toBe('is whole;behind the third;behind that, too;');
    output = '';
    hear('the fourth has not begun;');
    answer(fourth!, 'fourth;', true);
    expect(output).toBe('the fourth has not begun;fourth;');
    expect([queue.count, queue.parkedBytes]).toEqual([0, 0]);
  });

  it('is as good as new after a long pipeline, whose room it gives back', () => {
    let output = '';
    const queue = new ReplyQueue({
      emit: (bytes, start, end) => {
        output += Buffer.from(bytes).toString('latin1', start, end);
      },
      answered: () => {},
    });
    const length = 5000;
    for (let round = 0; round < 3; round++) {
      output = '';
      let expected = '';
      const sequences = Array.from({ length }, () => queue.open(false));
      for (const [index, sequence] of sequences.entries()) {
        expected += `${index},`;
        if (index === 0) continue;
        const reply = Buffer.from(`${index},`);
        queue.add(sequence, reply, 0, reply.length, true);
      }
      expect(output).toBe('');
      expect(queue.parkedBytes).toBe(expected.length - 2);
      queue.add(sequences[0]!, Buffer.from('0,'), 0, 2, true);
      expect(output).toBe(expected);
      expect([queue.count, queue.parkedBytes]).toEqual([0, 0]);
    }
  });
});
