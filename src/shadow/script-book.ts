/**
 * Texts of the Lua scripts that clients have sent, by SHA1: a client may name a script by its digest long after the
 * text went by. Worker thread (slot owner). Bounded in bytes; the script used longest ago is forgotten first. It must
 * not know commands or servers.
 */
import { createHash } from 'node:crypto';
import { equalBytes, equalsIgnoreCase, hashBytes } from '../base/bytes.ts';
import { isStableScript } from '../commands/scripting/determinism.ts';

export const DIGEST_LENGTH = 40;
/** What a script costs beside its text. */
const ENTRY_BYTES = 512;
/** A text is recognised by its length and so many bytes at both ends before it is compared as a whole. */
const ENDS_BYTES = 64;
const NEVER = -1;

export class KnownScript {
  readonly text: Uint8Array;
  /** 40 hexadecimal digits in lower case. */
  readonly digest: Uint8Array;
  readonly textHash: number;
  readonly digestHash: number;
  /** Both servers with the same data give the same reply. */
  readonly isStable: boolean;
  /** The shadow had the script while its scripts were those of this epoch, see `ShadowScripts`. */
  shadowEpoch = NEVER;
  /** Neighbours in the order of use. */
  newer: KnownScript | undefined = undefined;
  older: KnownScript | undefined = undefined;

  constructor(text: Uint8Array, digest: Uint8Array, textHash: number, digestHash: number) {
    this.text = text;
    this.digest = digest;
    this.textHash = textHash;
    this.digestHash = digestHash;
    this.isStable = isStableScript(text, 0, text.length);
  }
}

export class ScriptBook {
  readonly #maxBytes: number;
  /** By the first 32 bits of the digest: of two scripts that share them only the later one is kept. */
  readonly #byDigest = new Map<number, KnownScript>();
  /** By `identityHash`, the later one of two that share it: the other one's digest is computed again when it comes. */
  readonly #byText = new Map<number, KnownScript>();
  #newest: KnownScript | undefined = undefined;
  #oldest: KnownScript | undefined = undefined;
  #sizeBytes = 0;

  constructor(maxBytes: number) {
    this.#maxBytes = maxBytes;
  }

  get count(): number {
    return this.#byDigest.size;
  }

  /** Texts, and what it costs to keep them. */
  get sizeBytes(): number {
    return this.#sizeBytes;
  }

  /** The script with the text `bytes[start, end)`, kept from now on; undefined when it is too long to be kept. */
  note(bytes: Uint8Array, start: number, end: number): KnownScript | undefined {
    const textHash = identityHash(bytes, start, end);
    const known = this.#byText.get(textHash);
    if (known !== undefined && equalBytes(known.text, 0, known.text.length, bytes, start, end)) {
      this.#use(known);
      return known;
    }
    return this.#add(bytes, start, end, textHash);
  }

  /** The script whose digest is `bytes[start, end)`, in either case. */
  find(bytes: Uint8Array, start: number, end: number): KnownScript | undefined {
    const hash = digestHash(bytes, start, end);
    if (hash === undefined) return undefined;
    const known = this.#byDigest.get(hash);
    if (known === undefined || !equalsIgnoreCase(bytes, start, end, known.digest)) return undefined;
    this.#use(known);
    return known;
  }

  /** Cold: once per new text. */
  #add(bytes: Uint8Array, start: number, end: number, textHash: number): KnownScript | undefined {
    if (end - start + ENTRY_BYTES > this.#maxBytes / 4) return undefined;
    const text = bytes.slice(start, end);
    const digest = Buffer.from(createHash('sha1').update(text).digest('hex'), 'latin1');
    const hash = digestHash(digest, 0, digest.length)!;
    const former = this.#byDigest.get(hash);
    if (former !== undefined) this.#forget(former);
    const script = new KnownScript(text, digest, textHash, hash);
    this.#byDigest.set(hash, script);
    this.#byText.set(textHash, script);
    this.#sizeBytes += text.length + ENTRY_BYTES;
    this.#enter(script);
    while (this.#sizeBytes > this.#maxBytes) this.#forget(this.#oldest!);
    return script;
  }

  #use(script: KnownScript): void {
    if (script === this.#newest) return;
    this.#leave(script);
    this.#enter(script);
  }

  #forget(script: KnownScript): void {
    if (this.#byDigest.get(script.digestHash) !== script) return;
    this.#byDigest.delete(script.digestHash);
    if (this.#byText.get(script.textHash) === script) this.#byText.delete(script.textHash);
    this.#sizeBytes -= script.text.length + ENTRY_BYTES;
    this.#leave(script);
  }

  #enter(script: KnownScript): void {
    script.older = this.#newest;
    script.newer = undefined;
    if (this.#newest === undefined) this.#oldest = script;
    else this.#newest.newer = script;
    this.#newest = script;
  }

  #leave(script: KnownScript): void {
    const { newer, older } = script;
    if (newer === undefined) this.#newest = older;
    else newer.older = older;
    if (older === undefined) this.#oldest = newer;
    else older.newer = newer;
  }
}

function identityHash(bytes: Uint8Array, start: number, end: number): number {
  const headEnd = Math.min(end, start + ENDS_BYTES);
  const tailStart = Math.max(headEnd, end - ENDS_BYTES);
  return hashBytes(bytes, start, headEnd) ^ Math.imul(hashBytes(bytes, tailStart, end), 31) ^ (end - start);
}

/** The first eight digits as an integer; undefined for what is no digest. */
function digestHash(bytes: Uint8Array, start: number, end: number): number | undefined {
  if (end - start !== DIGEST_LENGTH) return undefined;
  let hash = 0;
  for (let at = start; at < start + 8; at++) {
    const byte = bytes[at] | 0x20;
    const digit = byte <= 0x39 ? byte - 0x30 : byte - 0x57;
    if (digit < 0 || digit > 15) return undefined;
    hash = (hash << 4) | digit;
  }
  return hash;
}
