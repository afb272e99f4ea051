/** What PFADD, PFCOUNT and PFMERGE do on the engine. Worker thread. As valkey 8.0 `hyperloglog.c`. */
import { LIMIT_SPARSE_BYTES } from '../../store/encoding-limits.ts';
import {
  ENCODING_DENSE,
  estimate,
  findRegister,
  INVALID,
  keepCount,
  keptCount,
  keptCountText,
  markStale,
  mergeInto,
  place,
  REGISTERS,
  raiseDense,
  Sketch,
  sketchEncoding,
} from '../../store/hyperloglog.ts';
import type { Key } from '../../store/key.ts';
import { stringLength, stringStart } from '../../store/string.ts';
import type { CommandContext } from '../context.ts';
import { EVENT_STRING } from '../key-events.ts';
import { readKey, writeKey } from '../lookup.ts';
import { BROKEN, checkSketch, keepSketch, loadSketch } from './sketch-key.ts';

const sketch = new Sketch();
const registers = new Uint8Array(REGISTERS);

export function runPfadd(context: CommandContext): void {
  const key = writeKey(context, 1);
  if (key.record !== 0 && !checkSketch(context, key)) return;
  const isDense =
    key.record !== 0 &&
    sketchEncoding(key.arena.bytes, stringStart(key.arena, key.record)) === ENCODING_DENSE;
  const updated = isDense ? addToDense(context, key) : addToSparse(context, key);
  if (updated < 0) return;
  if (updated > 0) context.changed(key, EVENT_STRING, 'pfadd', updated);
  context.integer(updated > 0 ? 1 : 0);
}

/** In place. How many registers were lower. */
function addToDense(context: CommandContext, key: Key): number {
  const { bytes } = key.arena;
  const start = stringStart(key.arena, key.record);
  let updated = 0;
  for (let at = 2; at < context.count; at++) {
    findRegister(context.bytes, context.start(at), context.end(at));
    if (raiseDense(bytes, start, place.register, place.rank)) updated += 1;
  }
  if (updated > 0) markStale(bytes, start);
  return updated;
}

/** Beside the key, which gets the result. A new key counts as well. Below 0 after an error. */
function addToSparse(context: CommandContext, key: Key): number {
  let updated = 0;
  sketch.mostSparseBytes = context.store.limits[LIMIT_SPARSE_BYTES];
  if (key.record !== 0) loadSketch(key, sketch);
  else {
    sketch.clear();
    updated = 1;
  }
  for (let at = 2; at < context.count; at++) {
    findRegister(context.bytes, context.start(at), context.end(at));
    const raised = sketch.raise(place.register, place.rank);
    if (raised === INVALID) {
      context.error(BROKEN);
      return -1;
    }
    updated += raised;
  }
  if (updated === 0) return 0;
  markStale(sketch.bytes, 0);
  return keepSketch(context, key, sketch) ? updated : -1;
}

export function runPfcount(context: CommandContext): void {
  if (context.count > 2) {
    if (mergeAll(context) >= 0) context.integer(estimate(registers));
    return;
  }
  const key = readKey(context, 1);
  if (key.record === 0) {
    context.integer(0);
    return;
  }
  if (!checkSketch(context, key)) return;
  const { bytes } = key.arena;
  const start = stringStart(key.arena, key.record);
  let count = keptCount(bytes, start);
  if (count === INVALID) {
    registers.fill(0);
    if (!mergeInto(registers, bytes, start, stringLength(key.arena, key.record))) {
      context.error(BROKEN);
      return;
    }
    count = estimate(registers);
    keepCount(bytes, start, count);
    context.touched(key);
  }
  if (count <= Number.MAX_SAFE_INTEGER) context.integer(count);
  else context.writer.integerText(keptCountText(bytes, start));
}

/** Puts all keys of the command together into `registers`. 1 where one of them is dense; below 0 after an error. */
function mergeAll(context: CommandContext): number {
  let dense = 0;
  registers.fill(0);
  for (let at = 1; at < context.count; at++) {
    const key = readKey(context, at);
    const { arena, record } = key;
    if (record === 0) continue;
    if (!checkSketch(context, key)) return -1;
    const start = stringStart(arena, record);
    if (sketchEncoding(arena.bytes, start) === ENCODING_DENSE) dense = 1;
    if (mergeInto(registers, arena.bytes, start, stringLength(arena, record))) continue;
    context.error(BROKEN);
    return -1;
  }
  return dense;
}

export function runPfmerge(context: CommandContext): void {
  const dense = mergeAll(context);
  if (dense < 0) return;
  const key = writeKey(context, 1);
  sketch.mostSparseBytes = context.store.limits[LIMIT_SPARSE_BYTES];
  if (key.record === 0) sketch.clear();
  else loadSketch(key, sketch);
  if (dense > 0) sketch.toDense();
  for (let register = 0; register < REGISTERS; register++) {
    if (registers[register] !== 0) sketch.raise(register, registers[register]);
  }
  markStale(sketch.bytes, 0);
  if (!keepSketch(context, key, sketch)) return;
  context.changed(key, EVENT_STRING, 'pfadd');
  context.ok();
}
