/**
 * The arrays, maps and sets that a reply under conversion is inside of: how many elements each still has, and what
 * shape the next one has. Worker thread. A stack in arrays, since replies may be nested deeply.
 */
import { TYPE_ARRAY, TYPE_PUSH, TYPE_SET } from './constants.ts';
import { type AggregateShape, type MapShape, PLAIN_ARRAY, type ReplyShape } from './reply-shape.ts';

export type Pair = readonly [ReplyShape, ReplyShape];

/** What becomes of the elements. */
/** Each has the shape of its place. */
export const EACH = 0;
/** Keys and values in turn. */
export const FIELDS = 1;
/** The two shapes of a pair in turn. */
export const IN_TURN = 2;
/** The same, and every two become an array. */
export const GROUPED = 3;
/** Arrays of two that lose what holds them together. */
export const UNWRAPPED = 4;
/** Arrays of two that stay. */
export const NESTED = 5;
/** They are left out. */
export const DROPPED = 6;
/** The reply itself. */
const ROOT = 7;

const NO_PAIR: Pair = ['plain', 'plain'];

export class OpenValues {
  readonly #modes: number[] = [];
  readonly #left: number[] = [];
  readonly #places: number[] = [];
  readonly #shapes: ReplyShape[] = [];
  readonly #pairs: Pair[] = [];
  /** Of the value whose key has been read. */
  readonly #fields: ReplyShape[] = [];
  #depth = 0;

  reset(shape: ReplyShape): void {
    this.#depth = 0;
    this.#open(ROOT, 1, shape, NO_PAIR);
  }

  /** The whole reply has been read. */
  get isOver(): boolean {
    return this.#depth === 0;
  }

  get mode(): number {
    return this.#modes[this.#depth - 1] as number;
  }

  get pair(): Pair {
    return this.#pairs[this.#depth - 1] as Pair;
  }

  /** The shape of the element that comes next. */
  get shape(): ReplyShape {
    const top = this.#depth - 1;
    const place = this.#places[top] as number;
    const shape = this.#shapes[top] as ReplyShape;
    switch (this.#modes[top]) {
      case ROOT:
        return shape;
      case EACH:
        return typeof shape === 'string' ? 'plain' : shapeAt(shape, place);
      case FIELDS:
        return place % 2 === 0 ? 'plain' : this.#fieldShape(shape as MapShape, top);
      case IN_TURN:
      case GROUPED:
        return (this.#pairs[top] as Pair)[place % 2] as ReplyShape;
      default:
        return 'plain';
    }
  }

  /** A key comes next, and its value may have a shape of its own. */
  get wantsField(): boolean {
    const top = this.#depth - 1;
    if (this.#modes[top] !== FIELDS || (this.#places[top] as number) % 2 !== 0) return false;
    return (this.#shapes[top] as MapShape).fields !== undefined;
  }

  noteField(name: string): void {
    const top = this.#depth - 1;
    const { fields, map } = this.#shapes[top] as MapShape;
    const known = fields !== undefined && Object.hasOwn(fields, name) ? fields[name] : undefined;
    this.#fields[top] = known ?? map;
  }

  /** The next element has been read. True: it is the first of two that become an array. */
  next(): boolean {
    const top = this.#depth - 1;
    const place = this.#places[top] as number;
    this.#places[top] = place + 1;
    this.#left[top] = (this.#left[top] as number) - 1;
    return this.#modes[top] === GROUPED && place % 2 === 0;
  }

  push(mode: number, count: number, shape: ReplyShape): void {
    this.#open(mode, count, shape, NO_PAIR);
  }

  pushPair(mode: number, count: number, pair: Pair): void {
    this.#open(mode, count, PLAIN_ARRAY, pair);
  }

  /** Leaves what has no more elements. */
  close(): void {
    while (this.#depth > 0 && this.#left[this.#depth - 1] === 0) this.#depth -= 1;
  }

  #open(mode: number, count: number, shape: ReplyShape, pair: Pair): void {
    const top = this.#depth;
    this.#depth += 1;
    this.#modes[top] = mode;
    this.#left[top] = count;
    this.#places[top] = 0;
    this.#shapes[top] = shape;
    this.#pairs[top] = pair;
    this.#fields[top] = 'plain';
  }

  #fieldShape(shape: MapShape, top: number): ReplyShape {
    return shape.fields === undefined ? shape.map : (this.#fields[top] as ReplyShape);
  }
}

function shapeAt(shape: AggregateShape, place: number): ReplyShape {
  if ('array' in shape) return shape.array;
  if ('set' in shape) return shape.set;
  if ('push' in shape) return shape.push;
  if ('tuple' in shape) return shape.tuple[Math.min(place, shape.tuple.length - 1)] ?? 'plain';
  return 'plain';
}

/** The type of an aggregate that keeps its elements. */
export function outerType(shape: ReplyShape, type: number): number {
  if (type !== TYPE_ARRAY || typeof shape === 'string') return type;
  if ('set' in shape) return TYPE_SET;
  return 'push' in shape ? TYPE_PUSH : type;
}
