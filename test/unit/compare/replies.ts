/** Replies for the tests of this folder: from text, and random ones in both protocols. */
import * as fc from 'fast-check';
import { decodeReply, type Reply } from '../../../src/resp/reply.ts';

/** A reply from its bytes; `\n` stands for CRLF and the last one may be left out. */
export function replyOf(wire: string): Reply {
  const complete = wire.endsWith('\n') ? wire : `${wire}\n`;
  return decode(complete.replaceAll('\n', '\r\n'));
}

/** A reply from its bytes, one per character. */
export function decode(wire: string): Reply {
  const bytes = Buffer.from(wire, 'latin1');
  return decodeReply(bytes, 0, bytes.length);
}

export function bulk(text: string): string {
  return `$${text.length}\r\n${text}\r\n`;
}

export function array(items: readonly string[], type = '*'): string {
  return `${type}${items.length}\r\n${items.join('')}`;
}

/** A value in its forms in RESP2 and RESP3, with a value that differs from it in one place. */
export interface Forms {
  readonly two: string;
  readonly three: string;
  readonly mutated: string;
}

const text = fc
  .string({ unit: 'binary', maxLength: 8 })
  .map((value) => Buffer.from(value).toString('latin1'));

const leaf: fc.Arbitrary<Forms> = fc.oneof(
  text.map((value) => ({ two: bulk(value), three: bulk(value), mutated: bulk(`${value}!`) })),
  text.map((value) => ({
    two: bulk(value),
    three: `=${value.length + 4}\r\ntxt:${value}\r\n`,
    mutated: bulk(`${value}!`),
  })),
  fc
    .integer()
    .map((value) => ({ two: `:${value}\r\n`, three: `:${value}\r\n`, mutated: `:${value ^ 1}\r\n` })),
  fc
    .bigInt()
    .map((value) => ({ two: bulk(`${value}`), three: `(${value}\r\n`, mutated: bulk(`${value + 1n}`) })),
  fc.double({ noNaN: true }).map((value) => ({
    two: bulk(`${value}`),
    three: `,${value}\r\n`,
    mutated: bulk(`${value === 0 ? 1 : -value}`),
  })),
  fc.boolean().map((value) => ({
    two: `:${value ? 1 : 0}\r\n`,
    three: `#${value ? 't' : 'f'}\r\n`,
    mutated: `:${value ? 0 : 1}\r\n`,
  })),
  fc.constantFrom('$-1\r\n', '*-1\r\n').map((two) => ({ two, three: '_\r\n', mutated: bulk('') })),
  fc.constant({ two: '-ERR a\r\n', three: '-ERR a\r\n', mutated: '-ERR b\r\n' }),
  fc.constant({ two: '+OK\r\n', three: '+OK\r\n', mutated: '+NO\r\n' }),
);

function collection(items: fc.Arbitrary<Forms>): fc.Arbitrary<Forms> {
  // No pushes: inside of a reply they are messages between its elements, not elements.
  const kinds = fc.constantFrom('*', '~', '%');
  return fc.tuple(kinds, fc.array(items, { maxLength: 6 }), fc.nat()).map(([kind, all, random]) => {
    const children = kind === '%' && all.length % 2 === 1 ? all.slice(1) : all;
    const at = children.length === 0 ? -1 : random % children.length;
    const three = children.map((child) => child.three).join('');
    const count = kind === '%' ? children.length / 2 : children.length;
    return {
      two: array(children.map((child) => child.two)),
      three: `${kind}${count}\r\n${three}`,
      mutated: array(
        at === -1
          ? [bulk('new')]
          : children.map((child, index) => (index === at ? child.mutated : child.two)),
      ),
    };
  });
}

export const anyForms: fc.Arbitrary<Forms> = fc.letrec<{ value: Forms; leaf: Forms }>((tie) => ({
  leaf,
  value: fc.oneof({ maxDepth: 4, depthSize: 'small' }, tie('leaf'), collection(tie('value'))),
})).value;
