/**
 * Memory for the commands and replies that wait for the shadow. Worker thread.
 * Small copies share chunks that are reused when all their copies are released, so mirroring a command leaves
 * nothing for the garbage collector; large ones get memory of their own. How much may wait at all is the stream's
 * business.
 */
import { Copier, copyBytes, viewOver } from './bytes.ts';

const CHUNK_BYTES = 256 * 1024;
/** Larger copies would waste too much of a chunk's end. */
const SHARED_LIMIT_BYTES = 16 * 1024;
/** Chunks kept for reuse: 16 MiB. Beyond that they are given back. */
const MAX_FREE_CHUNKS = 64;

export class Chunk {
  readonly bytes: Uint8Array;
  readonly view: DataView;
  references = 0;

  constructor(bytes: Uint8Array) {
    this.bytes = bytes;
    this.view = viewOver(bytes);
  }
}

/** Where `CopyArena.copy` put the last copy: read it before the next call. */
export class CopyArena {
  readonly #free: Chunk[] = [];
  /** With 64-byte values copies through `set` left 194 bytes of garbage for a GET. */
  readonly #copier = new Copier();
  #current = new Chunk(new Uint8Array(CHUNK_BYTES));
  #used = 0;
  /** Start of the last copy in its chunk. */
  start = 0;
  /** End of the last copy, excluded. */
  end = 0;

  constructor() {
    this.#current.references = 1;
  }

  /** Copies `bytes[start, end)`; the caller owns one reference to the chunk returned and gives it to `release`. */
  copy(bytes: Uint8Array, start: number, end: number): Chunk {
    const size = end - start;
    if (size > SHARED_LIMIT_BYTES) {
      const own = new Chunk(new Uint8Array(size));
      own.references = 1;
      copyBytes(bytes, start, end, own.bytes, 0);
      this.start = 0;
      this.end = size;
      return own;
    }
    if (this.#used + size > CHUNK_BYTES) this.#nextChunk();
    const chunk = this.#current;
    this.#copier.copy(bytes, start, end, chunk.bytes, chunk.view, this.#used);
    this.start = this.#used;
    this.#used += size;
    this.end = this.#used;
    chunk.references += 1;
    return chunk;
  }

  /** As `copy`, without copying: the memory is the chunk's from now on. */
  adopt(bytes: Uint8Array, start: number, end: number): Chunk {
    const own = new Chunk(bytes);
    own.references = 1;
    this.start = start;
    this.end = end;
    return own;
  }

  release(chunk: Chunk): void {
    chunk.references -= 1;
    if (chunk.references > 0 || chunk.bytes.length !== CHUNK_BYTES) return;
    if (this.#free.length < MAX_FREE_CHUNKS) this.#free.push(chunk);
  }

  #nextChunk(): void {
    const old = this.#current;
    this.#current = this.#free.pop() ?? new Chunk(new Uint8Array(CHUNK_BYTES));
    this.#current.references = 1;
    this.#used = 0;
    // The arena's own reference: it kept a chunk with no copies from being reused while it was filled.
    this.release(old);
  }
}
