/**
 * The scripts of EVAL that a thread has compiled, by digest and by text. Those that came with EVAL alone are forgotten
 * when many others were used since, as on the servers; those of SCRIPT LOAD stay. Must not know Lua.
 */
import { createHash } from 'node:crypto';
import { copyOf, equalBytes, hashBytes } from '../../base/bytes.ts';

/** How many scripts that only EVAL brought are kept. */
const MOST_EVAL_SCRIPTS = 500;

export interface EvalScript {
  /** 40 hexadecimal digits, in lower case. */
  readonly digest: string;
  readonly body: Uint8Array;
  /** Bits of script-source.ts. */
  readonly flags: number;
  /** Bytes of the body before its Lua begins. */
  readonly headLength: number;
  readonly bodyHash: number;
  /** Came with SCRIPT LOAD: is kept until SCRIPT FLUSH. */
  isPinned: boolean;
  /** The compiled function in the registry of the machine with this number. */
  reference: number;
  machineNumber: number;
}

/** SHA1 of a script. Cold: once per script that is not known. */
export function digestOf(body: Uint8Array): string {
  return createHash('sha1').update(body).digest('hex');
}

export class EvalScripts {
  readonly #byDigest = new Map<string, EvalScript>();
  /** Scripts whose hashes collide replace each other here; they are still found by digest. */
  readonly #byHash = new Map<number, EvalScript>();
  /** The scripts that may be forgotten, the one used longest ago first. */
  readonly #evictable = new Map<string, EvalScript>();
  #last: EvalScript | undefined;

  get count(): number {
    return this.#byDigest.size;
  }

  /** The script with this text, if it is known; counts as a use. */
  findText(bytes: Uint8Array, start: number, end: number): EvalScript | undefined {
    const last = this.#last;
    if (last && equalBytes(last.body, 0, last.body.length, bytes, start, end)) return last;
    const script = this.#byHash.get(hashBytes(bytes, start, end));
    if (!script || !equalBytes(script.body, 0, script.body.length, bytes, start, end)) return undefined;
    this.#use(script);
    return script;
  }

  /** The script with this digest in lower case, if it is known; counts as a use. */
  findDigest(digest: string): EvalScript | undefined {
    if (this.#last?.digest === digest) return this.#last;
    const script = this.#byDigest.get(digest);
    if (script) this.#use(script);
    return script;
  }

  /** Cold: once per new script. Returns the script that had to go for it, if any. */
  add(script: EvalScript): EvalScript | undefined {
    this.#byDigest.set(script.digest, script);
    this.#byHash.set(script.bodyHash, script);
    this.#last = script;
    if (script.isPinned) return undefined;
    this.#evictable.set(script.digest, script);
    if (this.#evictable.size <= MOST_EVAL_SCRIPTS) return undefined;
    const [oldest] = this.#evictable.values();
    this.#remove(oldest);
    return oldest;
  }

  /** SCRIPT LOAD of a known script: it is not forgotten any more. */
  pin(script: EvalScript): void {
    script.isPinned = true;
    this.#evictable.delete(script.digest);
  }

  clear(): void {
    this.#byDigest.clear();
    this.#byHash.clear();
    this.#evictable.clear();
    this.#last = undefined;
  }

  #use(script: EvalScript): void {
    this.#last = script;
    if (script.isPinned) return;
    this.#evictable.delete(script.digest);
    this.#evictable.set(script.digest, script);
  }

  #remove(script: EvalScript): void {
    this.#byDigest.delete(script.digest);
    this.#evictable.delete(script.digest);
    if (this.#byHash.get(script.bodyHash) === script) this.#byHash.delete(script.bodyHash);
  }
}

/** A script that is not compiled yet. */
export function newScript(
  bytes: Uint8Array,
  start: number,
  end: number,
  flags: number,
  headLength: number,
): EvalScript {
  const body = copyOf(bytes, start, end);
  return {
    digest: digestOf(body),
    body,
    flags,
    headLength,
    bodyHash: hashBytes(bytes, start, end),
    isPinned: false,
    reference: 0,
    machineNumber: -1,
  };
}
