/**
 * Reads streams: nodes of entries, then groups with their consumers and what is pending. Throws `RdbProblem`. Any
 * thread. As valkey 8.0 `rdbLoadObject` and `streamValidateListpackIntegrity`; beyond these it wants ids in order,
 * because a stream with others would not be one.
 */
import { copyBytes } from '../base/bytes.ts';
import { RDB_STREAM, RDB_STREAM_3, RdbProblem } from './format.ts';
import type { RdbEntry, RdbId, ValueSink } from './sink.ts';
import { SmallReader } from './small-forms.ts';
import { type RdbSource, RdbText } from './source.ts';

const TWO_32 = 2 ** 32;
const ID_BYTES = 16;
const FLAG_DELETED = 1;
const FLAG_SAME_FIELDS = 2;

function newId(): RdbId {
  return { msHigh: 0, msLow: 0, seqHigh: 0, seqLow: 0 };
}

/** Below, at or above 0. */
function compare(left: RdbId, right: RdbId): number {
  return (
    (left.msHigh >>> 0) - (right.msHigh >>> 0) ||
    (left.msLow >>> 0) - (right.msLow >>> 0) ||
    (left.seqHigh >>> 0) - (right.seqHigh >>> 0) ||
    (left.seqLow >>> 0) - (right.seqLow >>> 0)
  );
}

function setIdTo(id: RdbId, from: RdbId): void {
  id.msHigh = from.msHigh;
  id.msLow = from.msLow;
  id.seqHigh = from.seqHigh;
  id.seqLow = from.seqLow;
}

/** What is pending in a group: ids in order, when and how often they were delivered, and which have a consumer. */
class PendingList {
  count = 0;
  #ids = new Int32Array(4 * 16);
  #times = new Float64Array(16);
  #deliveries = new Float64Array(16);
  #taken = new Uint8Array(16);
  #takenCount = 0;
  readonly #found = newId();

  get isTaken(): boolean {
    return this.#takenCount === this.count;
  }

  clear(): void {
    this.count = 0;
    this.#takenCount = 0;
  }

  add(id: RdbId, timeMs: number, deliveries: number): void {
    if (this.count > 0 && compare(this.#idAt(this.count - 1), id) >= 0) {
      throw new RdbProblem('pending entries of a group are not in order');
    }
    if (this.count === this.#times.length) this.#grow();
    const at = this.count;
    this.#ids[4 * at] = id.msHigh;
    this.#ids[4 * at + 1] = id.msLow;
    this.#ids[4 * at + 2] = id.seqHigh;
    this.#ids[4 * at + 3] = id.seqLow;
    this.#times[at] = timeMs;
    this.#deliveries[at] = deliveries;
    this.#taken[at] = 0;
    this.count += 1;
  }

  /** A consumer has the entry. */
  take(id: RdbId, sink: ValueSink): void {
    let from = 0;
    let to = this.count;
    while (from < to) {
      const middle = (from + to) >> 1;
      if (compare(this.#idAt(middle), id) < 0) from = middle + 1;
      else to = middle;
    }
    if (from === this.count || compare(this.#idAt(from), id) !== 0) {
      throw new RdbProblem('a consumer has an entry that is not pending in its group');
    }
    if (this.#taken[from] === 1) throw new RdbProblem('two consumers have one entry');
    this.#taken[from] = 1;
    this.#takenCount += 1;
    sink.pending(id, this.#times[from], this.#deliveries[from]);
  }

  #idAt(index: number): RdbId {
    const found = this.#found;
    found.msHigh = this.#ids[4 * index];
    found.msLow = this.#ids[4 * index + 1];
    found.seqHigh = this.#ids[4 * index + 2];
    found.seqLow = this.#ids[4 * index + 3];
    return found;
  }

  #grow(): void {
    const { length } = this.#times;
    const ids = new Int32Array(8 * length);
    ids.set(this.#ids);
    this.#ids = ids;
    const times = new Float64Array(2 * length);
    times.set(this.#times);
    this.#times = times;
    const deliveries = new Float64Array(2 * length);
    deliveries.set(this.#deliveries);
    this.#deliveries = deliveries;
    const taken = new Uint8Array(2 * length);
    taken.set(this.#taken);
    this.#taken = taken;
  }
}

export class StreamReader {
  readonly #blob = new RdbText();
  readonly #text = new RdbText();
  readonly #small = new SmallReader();
  readonly #base = newId();
  readonly #id = newId();
  readonly #last = newId();
  readonly #maxDeleted = newId();
  readonly #pending = new PendingList();
  /** Bytes and spans of the entry being read; before them the names that the node's entries share. */
  #bytes = new Uint8Array(256);
  #length = 0;
  #spans = new Int32Array(32);
  #parts = 0;
  #masterBytes = new Uint8Array(256);
  #masterSpans = new Int32Array(32);
  #masterFields = 0;
  #beginsNode = false;
  #entries = 0;

  read(type: number, source: RdbSource, sink: ValueSink): void {
    sink.beginStream();
    this.#entries = 0;
    setIdTo(this.#last, newId());
    for (let left = source.count(); left > 0; left--) this.#node(source, sink);
    // How many entries there are has been counted.
    source.wide();
    this.#facts(type, source, sink);
    for (let left = source.count(); left > 0; left--) this.#group(type, source, sink);
  }

  #readId(source: RdbSource, id: RdbId): void {
    source.wide();
    id.msHigh = source.high;
    id.msLow = source.low;
    source.wide();
    id.seqHigh = source.high;
    id.seqLow = source.low;
  }

  /** An id of 16 bytes. */
  #readRawId(source: RdbSource, id: RdbId): void {
    source.pair();
    id.msHigh = source.high;
    id.msLow = source.low;
    source.pair();
    id.seqHigh = source.high;
    id.seqLow = source.low;
  }

  #facts(type: number, source: RdbSource, sink: ValueSink): void {
    const lastId = newId();
    this.#readId(source, lastId);
    if (this.#entries > 0 && compare(this.#last, lastId) > 0) {
      throw new RdbProblem('the last id of a stream is below that of an entry');
    }
    const maxDeletedId = this.#maxDeleted;
    setIdTo(maxDeletedId, newId());
    let added = Number.NaN;
    if (type !== RDB_STREAM) {
      // The first id is that of the first entry.
      this.#readId(source, this.#id);
      this.#readId(source, maxDeletedId);
      added = source.size();
    }
    sink.streamFacts({ lastId, maxDeletedId, added });
  }

  #node(source: RdbSource, sink: ValueSink): void {
    source.string(this.#blob);
    const { bytes, start } = this.#blob;
    if (this.#blob.length !== ID_BYTES) throw new RdbProblem('a node of a stream has no id');
    const view = new DataView(bytes.buffer, bytes.byteOffset + start, ID_BYTES);
    this.#base.msHigh = view.getInt32(0);
    this.#base.msLow = view.getInt32(4);
    this.#base.seqHigh = view.getInt32(8);
    this.#base.seqLow = view.getInt32(12);
    source.string(this.#blob);
    const small = this.#small;
    const text = this.#text;
    small.listpack(this.#blob);
    const count = notNegative(small.number(text));
    const deleted = notNegative(small.number(text));
    this.#masterFields = this.#countOfParts(small.number(text));
    this.#parts = 0;
    this.#length = 0;
    for (let left = this.#masterFields; left > 0; left--) this.#part();
    this.#swapMaster();
    if (small.number(text) !== 0) throw new RdbProblem('a node of a stream is damaged');
    this.#beginsNode = true;
    let gone = 0;
    for (let left = count + deleted; left > 0; left--) gone += this.#entry(sink);
    if (gone !== deleted) throw new RdbProblem('a node of a stream counts its entries wrongly');
    small.finish(text);
  }

  /** So many strings must be there. */
  #countOfParts(count: number): number {
    if (count < 0 || count > this.#blob.length) throw new RdbProblem('a node of a stream is damaged');
    return count;
  }

  /** Reads the next string of the entry. */
  #part(): void {
    this.#small.must(this.#text);
    this.#append(this.#text.bytes, this.#text.start, this.#text.end);
  }

  #append(bytes: Uint8Array, start: number, end: number): void {
    const needed = this.#length + end - start;
    if (needed > this.#bytes.length) {
      const larger = new Uint8Array(2 * needed);
      copyBytes(this.#bytes, 0, this.#length, larger, 0);
      this.#bytes = larger;
    }
    if (2 * this.#parts === this.#spans.length) {
      const larger = new Int32Array(2 * this.#spans.length);
      larger.set(this.#spans);
      this.#spans = larger;
    }
    copyBytes(bytes, start, end, this.#bytes, this.#length);
    this.#spans[2 * this.#parts] = this.#length;
    this.#length = needed;
    this.#spans[2 * this.#parts + 1] = needed;
    this.#parts += 1;
  }

  /** What has been read are the names that the node's entries share. */
  #swapMaster(): void {
    const bytes = this.#masterBytes;
    this.#masterBytes = this.#bytes;
    this.#bytes = bytes;
    const spans = this.#masterSpans;
    this.#masterSpans = this.#spans;
    this.#spans = spans;
  }

  /** Returns 1 for one that has been deleted. */
  #entry(sink: ValueSink): number {
    const small = this.#small;
    const flags = small.number(this.#text);
    this.#readEntryId();
    this.#parts = 0;
    this.#length = 0;
    const isSame = (flags & FLAG_SAME_FIELDS) !== 0;
    const fields = isSame ? this.#masterFields : this.#countOfParts(small.number(this.#text));
    for (let field = 0; field < fields; field++) {
      if (isSame)
        this.#append(this.#masterBytes, this.#masterSpans[2 * field], this.#masterSpans[2 * field + 1]);
      else this.#part();
      this.#part();
    }
    const pieces = isSame ? fields + 3 : 2 * fields + 4;
    if (small.number(this.#text) !== pieces) throw new RdbProblem('an entry of a stream is damaged');
    if ((flags & FLAG_DELETED) !== 0) return 1;
    this.#give(sink, fields);
    return 0;
  }

  #give(sink: ValueSink, fields: number): void {
    const id = this.#id;
    if (fields === 0) throw new RdbProblem('an entry of a stream is empty');
    if (compare(id, this.#last) <= 0) throw new RdbProblem('entries of a stream are not in order');
    setIdTo(this.#last, id);
    const entry: RdbEntry = {
      id,
      bytes: this.#bytes,
      spans: this.#spans,
      fields,
      beginsNode: this.#beginsNode,
    };
    sink.entry(entry);
    this.#beginsNode = false;
    this.#entries += 1;
  }

  /** Both numbers of the id stand there as how much they are above the node's. */
  #readEntryId(): void {
    const small = this.#small;
    const id = this.#id;
    small.wide(this.#text);
    let low = (this.#base.msLow >>> 0) + (small.low >>> 0);
    id.msLow = low | 0;
    id.msHigh = (this.#base.msHigh + small.high + (low >= TWO_32 ? 1 : 0)) | 0;
    small.wide(this.#text);
    low = (this.#base.seqLow >>> 0) + (small.low >>> 0);
    id.seqLow = low | 0;
    id.seqHigh = (this.#base.seqHigh + small.high + (low >= TWO_32 ? 1 : 0)) | 0;
  }

  #group(type: number, source: RdbSource, sink: ValueSink): void {
    source.string(this.#blob);
    this.#blob.keep();
    this.#readId(source, this.#id);
    let entriesRead = Number.NaN;
    if (type !== RDB_STREAM) {
      source.wide();
      entriesRead = source.high * TWO_32 + (source.low >>> 0);
      if (entriesRead < -1 || !Number.isSafeInteger(entriesRead)) entriesRead = -1;
    }
    sink.group(this.#blob, this.#id, entriesRead);
    const pending = this.#pending;
    pending.clear();
    for (let left = source.count(); left > 0; left--) {
      this.#readRawId(source, this.#id);
      const timeMs = source.time();
      pending.add(this.#id, timeMs, source.size());
    }
    for (let left = source.count(); left > 0; left--) this.#consumer(type, source, sink);
    if (!pending.isTaken) throw new RdbProblem('an entry is pending for nobody');
  }

  #consumer(type: number, source: RdbSource, sink: ValueSink): void {
    source.string(this.#blob);
    this.#blob.keep();
    const seenMs = source.time();
    const activeMs = type === RDB_STREAM_3 ? source.time() : seenMs;
    sink.consumer(this.#blob, seenMs, activeMs);
    for (let left = source.count(); left > 0; left--) {
      this.#readRawId(source, this.#id);
      this.#pending.take(this.#id, sink);
    }
  }
}

function notNegative(count: number): number {
  if (count < 0) throw new RdbProblem('a node of a stream is damaged');
  return count;
}
