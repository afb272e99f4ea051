/** The order in which a server served clients that waited, told from what they got. */
import { describe, expect, it } from 'vitest';
import { asciiBytes } from '../../../src/base/bytes.ts';
import {
  inOrderOfService,
  isOrderKnown,
  onlyKeyOf,
  type ServedClient,
  takenBy,
} from '../../../src/gateway/service-order.ts';
import { decodeReply } from '../../../src/resp/reply.ts';

interface Named extends ServedClient {
  readonly name: string;
}

function mover(name: string, source: string, targetKey: string, element: string): Named {
  return {
    name,
    sourceKeys: [source],
    targetKey,
    kind: 'list',
    isMixed: false,
    taken: { key: source, elements: [element] },
  };
}

function popper(name: string, sourceKeys: readonly string[], key: string, ...elements: string[]): Named {
  return {
    name,
    sourceKeys,
    targetKey: undefined,
    kind: 'list',
    isMixed: false,
    taken: { key, elements },
  };
}

function order(served: readonly Named[], written: readonly string[]): string {
  return inOrderOfService(served, written)
    .map(({ name }) => name)
    .join(' ');
}

describe('clients that one write has served', () => {
  it('come key by key as they were filled, at each key who waited longest first', () => {
    const served = [popper('a', ['x'], 'x', '1'), popper('b', ['y'], 'y', '2'), popper('c', ['x'], 'x', '3')];
    expect(order(served, ['y', 'x'])).toBe('b a c');
  });

  it('come at the key that served them, not at the first that they waited for', () => {
    const served = [popper('a', ['x', 'y'], 'y', '1'), popper('b', ['x'], 'x', '2')];
    expect(order(served, ['x', 'y'])).toBe('b a');
  });

  it('come behind the client that filled their key', () => {
    const served = [mover('second', 'mid', 'end', 'v'), mover('first', 'source', 'mid', 'v')];
    expect(order(served, ['source'])).toBe('first second');
  });

  it('come behind it also where the write had touched that key and left it empty', () => {
    const served = [mover('second', 'mid', 'end', 'v'), mover('first', 'source', 'mid', 'v')];
    expect(order(served, ['mid', 'source'])).toBe('first second');
  });

  it('do not wait for what looks like one of several elements that they got', () => {
    const served = [
      popper('two', ['x'], 'x', 'v', 'w'),
      mover('next', 'x', 'z', 'u'),
      mover('later', 'y', 'x', 'v'),
    ];
    expect(order(served, ['x', 'y'])).toBe('two next later');
  });

  it('never come before those who have waited longer for the same key', () => {
    const served = [
      popper('one', ['x'], 'x', 'v'),
      mover('next', 'x', 'z', 'u'),
      mover('first', 'y', 'x', 'v'),
    ];
    expect(order(served, ['x', 'y'])).toBe('first one next');
  });

  it('that hand one element round begin at the key that was written', () => {
    const served = [mover('back', 'b', 'a', 'v'), mover('there', 'a', 'b', 'v')];
    expect(order(served, ['a'])).toBe('there back');
  });

  it('are all there when nothing is known of them', () => {
    const unknown: Named = {
      name: 'u',
      sourceKeys: ['q'],
      targetKey: undefined,
      kind: 'list',
      isMixed: false,
      taken: undefined,
    };
    expect(order([unknown, popper('a', ['x'], 'x', '1')], ['x'])).toBe('a u');
  });
});

describe('the order of those that one write has served', () => {
  const pops = [popper('a', ['x'], 'x', '1'), popper('b', ['y'], 'y', '2')];
  const moves = [popper('a', ['x'], 'x', '1'), mover('b', 'y', 'z', '2')];

  it('is known where it is known which keys were filled', () => {
    expect(isOrderKnown(moves, ['x', 'y'])).toBe(true);
  });

  it('does not matter to pops, or to one alone', () => {
    expect(isOrderKnown(pops, undefined)).toBe(true);
    expect(isOrderKnown(moves.slice(1), undefined)).toBe(true);
  });

  it('is not known of what a script has filled, when elements were moved', () => {
    expect(isOrderKnown(moves, undefined)).toBe(false);
  });

  it('is that of their waiting where one key has served them all', () => {
    const atOne = [mover('a', 'x', 'x', '1'), popper('b', ['w', 'x'], 'x', '2')];
    expect(onlyKeyOf(atOne)).toEqual(['x']);
    expect(order(atOne, ['x'])).toBe('a b');
    expect(onlyKeyOf(moves)).toBeUndefined();
    expect(onlyKeyOf([...atOne, { ...popper('c', ['x'], 'x', '3'), taken: undefined }])).toBeUndefined();
    expect(onlyKeyOf([])).toBeUndefined();
  });

  it('is not known where clients of another kind have waited, too', () => {
    expect(
      isOrderKnown([{ ...popper('a', ['x'], 'x', '1'), isMixed: true }, popper('b', ['x'], 'x', '2')], ['x']),
    ).toBe(false);
  });
});

describe('what was taken', () => {
  const taken = (wire: string) => {
    const bytes = asciiBytes(wire.replaceAll('\n', '\r\n'));
    return takenBy(['source'], decodeReply(bytes, 0, bytes.length));
  };

  it.each([
    ['$1\nv\n', { key: 'source', elements: ['v'] }],
    ['*2\n$1\nk\n$1\nv\n', { key: 'k', elements: ['v'] }],
    ['*2\n$1\nk\n*2\n$1\nv\n$1\nw\n', { key: 'k', elements: ['v', 'w'] }],
    ['*-1\n', undefined],
    ['$-1\n', undefined],
    ['_\n', undefined],
    ['-UNBLOCKED client unblocked via CLIENT UNBLOCK\n', undefined],
    ['*1\n*2\n$1\nk\n*0\n', undefined],
  ])('%j', (wire, expected) => {
    expect(taken(wire)).toEqual(expected);
  });
});
