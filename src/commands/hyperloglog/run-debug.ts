/** What PFDEBUG and PFSELFTEST do on the engine. Worker thread. As valkey 8.0 `hyperloglog.c`. */
import {
  denseRegister,
  ENCODING_SPARSE,
  estimate,
  findRegister,
  HEADER_BYTES,
  isZeros,
  mergeInto,
  place,
  REGISTERS,
  raiseDense,
  runBytes,
  runLength,
  runValue,
  Sketch,
  SPARSE_BYTES,
  sketchEncoding,
} from '../../store/hyperloglog.ts';
import type { Key } from '../../store/key.ts';
import { STAT_DIRTY } from '../../store/statistics.ts';
import { stringLength, stringStart } from '../../store/string.ts';
import { isWord, word } from '../arguments.ts';
import type { CommandContext } from '../context.ts';
import { writeKey } from '../lookup.ts';
import type { Continuation } from '../ports.ts';
import { BROKEN, checkSketch, keepSketch, loadSketch } from './sketch-key.ts';

const GETREG = word('getreg');
const DECODE = word('decode');
const ENCODING = word('encoding');
const TODENSE = word('todense');

const sketch = new Sketch();

export function runPfdebug(context: CommandContext): void {
  const key = writeKey(context, 2);
  if (key.record === 0) {
    context.error('ERR The specified key does not exist');
    return;
  }
  if (!checkSketch(context, key)) return;
  const isSparse = sketchEncoding(key.arena.bytes, stringStart(key.arena, key.record)) === ENCODING_SPARSE;
  if (isWord(context, 1, GETREG)) {
    if (!isSparse || makeDense(context, key)) replyRegisters(context, key);
  } else if (isWord(context, 1, DECODE)) {
    if (isSparse) context.bulkText(runsOf(key));
    else context.error('ERR HLL encoding is not sparse');
  } else if (isWord(context, 1, ENCODING)) context.simple(isSparse ? 'sparse' : 'dense');
  else if (isWord(context, 1, TODENSE)) {
    if (!isSparse || makeDense(context, key)) context.integer(isSparse ? 1 : 0);
  } else context.error(`ERR Unknown PFDEBUG subcommand '${context.shown(1)}'`);
}

/** False after an error. */
function makeDense(context: CommandContext, key: Key): boolean {
  loadSketch(key, sketch);
  if (!sketch.toDense()) {
    context.error(BROKEN);
    return false;
  }
  if (!keepSketch(context, key, sketch)) return false;
  context.store.statistics.cells[STAT_DIRTY] += 1;
  return true;
}

function replyRegisters(context: CommandContext, key: Key): void {
  const start = stringStart(key.arena, key.record);
  context.array(REGISTERS);
  for (let register = 0; register < REGISTERS; register++) {
    context.integer(denseRegister(key.arena.bytes, start, register));
  }
}

/** `z` and `Z`: zeros in a short and in a long run; `v`: value and how often. */
function runsOf({ arena, record }: Key): string {
  const { bytes } = arena;
  const start = stringStart(arena, record);
  const runs: string[] = [];
  for (let at = start + HEADER_BYTES; at < start + stringLength(arena, record); at += runBytes(bytes[at])) {
    const length = runLength(bytes, at);
    if (!isZeros(bytes[at])) runs.push(`v:${runValue(bytes[at])},${length}`);
    else runs.push(`${runBytes(bytes[at]) === 2 ? 'Z' : 'z'}:${length}`);
  }
  return runs.join(' ');
}

const CYCLES = 1000;
const MAX_REGISTER = 63;
const ELEMENTS = 10_000_000;
const SLICE_ELEMENTS = 3000;

/** Registers that are written and read, then estimates of up to ten million elements, in slices. */
class SelfTest implements Continuation {
  readonly #dense = new Sketch();
  readonly #sketch = new Sketch();
  readonly #element = new Uint8Array(8);
  readonly #values = new Uint8Array(REGISTERS);
  #cycles = 0;
  #elements = 0;
  #checkpoint = 1;

  constructor() {
    this.#dense.clear();
    this.#dense.toDense();
    this.#sketch.clear();
    for (let at = 4; at < 8; at++) this.#element[at] = Math.floor(256 * Math.random());
  }

  step(context: CommandContext): boolean {
    const failure = this.#cycles < CYCLES ? this.#testRegisters() : this.#testEstimates();
    if (failure !== undefined) context.error(`TESTFAILED ${failure}`);
    else if (this.#elements < ELEMENTS) return false;
    else context.ok();
    return true;
  }

  #testRegisters(): string | undefined {
    const { bytes } = this.#dense;
    const values = this.#values;
    bytes.fill(0, HEADER_BYTES);
    for (let at = 0; at < REGISTERS; at++) {
      values[at] = Math.floor((MAX_REGISTER + 1) * Math.random());
      raiseDense(bytes, 0, at, values[at]);
    }
    for (let at = 0; at < REGISTERS; at++) {
      const value = denseRegister(bytes, 0, at);
      if (value !== values[at]) return `Register ${at} should be ${values[at]} but is ${value}`;
    }
    this.#cycles += 1;
    if (this.#cycles === CYCLES) bytes.fill(0, HEADER_BYTES);
    return undefined;
  }

  #testEstimates(): string | undefined {
    const element = this.#element;
    for (let left = SLICE_ELEMENTS; left > 0 && this.#elements < ELEMENTS; left--) {
      this.#elements += 1;
      for (let at = 0; at < 4; at++) element[at] = this.#elements >>> (8 * at);
      findRegister(element, 0, element.length);
      raiseDense(this.#dense.bytes, 0, place.register, place.rank);
      this.#sketch.raise(place.register, place.rank);
      const failure = this.#elements === this.#checkpoint ? this.#check() : undefined;
      if (failure !== undefined) return failure;
    }
    return undefined;
  }

  #check(): string | undefined {
    const count = this.#checkpoint;
    this.#checkpoint *= 10;
    if (count < SPARSE_BYTES / 2 && this.#sketch.encoding !== ENCODING_SPARSE) {
      return 'sparse encoding not used';
    }
    const found = countOf(this.#dense);
    if (found !== countOf(this.#sketch)) return 'dense/sparse disagree';
    const most = count === 10 ? 1 : Math.ceil((1.04 / Math.sqrt(REGISTERS)) * 6 * count);
    const error = Math.abs(count - found);
    return error > most ? `Too big error. card:${count} abserr:${error}` : undefined;
  }
}

function countOf(one: Sketch): number {
  const registers = new Uint8Array(REGISTERS);
  mergeInto(registers, one.bytes, 0, one.length);
  return estimate(registers);
}

export function runPfselftest(context: CommandContext): void {
  context.later(new SelfTest());
}
