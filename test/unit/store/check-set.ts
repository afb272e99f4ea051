/** Walks a set and throws where something does not fit. Returns its members, in their order. */
import { decodeLatin1 } from '../../../src/base/bytes.ts';
import { usableSize } from '../../../src/memory/allocator.ts';
import type { Arena } from '../../../src/memory/arena.ts';
import { intsetBytes, intsetCount, intsetText } from '../../../src/store/intset.ts';
import { recordEncoding } from '../../../src/store/record.ts';
import { SET_INTEGERS, SET_PACKED, setBody, setCount } from '../../../src/store/set.ts';
import { checkPacked } from '../memory/check-packed.ts';
import { checkTable } from '../memory/check-table.ts';

const digits = new Uint8Array(24);

function fail(what: string): never {
  throw new Error(`set: ${what}`);
}

export function checkSet(arena: Arena, record: number): string[] {
  const encoding = recordEncoding(arena, record);
  const body = setBody(arena, record);
  const members =
    encoding === SET_INTEGERS
      ? integers(arena, body)
      : encoding === SET_PACKED
        ? checkPacked(arena, body).map(String)
        : entries(arena, body);
  if (new Set(members).size !== members.length) fail('a member is there twice');
  if (members.length !== setCount(arena, record)) fail('count');
  if (members.length === 0) fail('an empty set');
  return members;
}

function integers(arena: Arena, body: number): string[] {
  if (intsetBytes(arena, body) > usableSize(arena, body)) fail('integers end behind their block');
  const values: string[] = [];
  for (let index = 0; index < intsetCount(arena, body); index++) {
    values.push(decodeLatin1(digits, 0, intsetText(arena, body, index, digits)));
    if (index > 0 && BigInt(values[index]) <= BigInt(values[index - 1])) fail('integers are out of order');
  }
  return values;
}

function entries(arena: Arena, body: number): string[] {
  return [...checkTable(arena, body)].map((entry) => {
    const length = arena.words[(entry >> 2) + 1];
    if (length < 0) fail('a member is still marked as drawn');
    return decodeLatin1(arena.bytes, entry + 8, entry + 8 + length);
  });
}
