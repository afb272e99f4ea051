/**
 * What a session has asked its connections to be, beside login, database and protocol: commands that are said on each
 * connection to a node. Pure; worker thread. Cold: once per connection.
 */
import { decodeLatin1 } from '../base/bytes.ts';
import { FrameParser } from '../commands/parsed-frame.ts';
import { FrameWriter } from '../resp/encode.ts';

/** No server gives a connection this id. */
export const NO_CLIENT = '9223372036854775807';
const TRACKING = 'client|tracking';

export class SessionSetup {
  /** Whole commands, by what they are about; of CLIENT TRACKING there may be several. */
  readonly #commands = new Map<string, readonly Uint8Array[]>();
  readonly #parser = new FrameParser();
  broadcasts = false;
  /** Messages go to another client. */
  redirects = false;

  get isEmpty(): boolean {
    return this.#commands.size === 0;
  }

  get tracks(): boolean {
    return this.#commands.has(TRACKING);
  }

  /** As they are said on a connection; `listener`: the node's id of the connection that messages are to come on. */
  commands(listener: number): readonly Uint8Array[] {
    return [...this.#commands.values()].flat().map((command) => this.said(command, listener));
  }

  /** One of them as it is said there. */
  said(command: Uint8Array, listener: number): Uint8Array {
    const id = listener < 0 ? NO_CLIENT : String(listener);
    return redirected(this.words(command), id) ?? command;
  }

  /** A server has agreed to this command. */
  accept(name: string, command: Uint8Array): void {
    const words = this.words(command);
    const isOff = words[2]?.toLowerCase() === 'off';
    if (name === TRACKING) this.#acceptTracking(words, command, isOff);
    else if (isOff) this.#commands.delete(name);
    else this.#commands.set(name, [command]);
  }

  clear(): void {
    this.#commands.clear();
    this.broadcasts = false;
    this.redirects = false;
  }

  words(command: Uint8Array): string[] {
    const { bytes, spans, count } = this.#parser.parse(command, 0, command.length);
    return Array.from({ length: count }, (_, at) => decodeLatin1(bytes, spans[2 * at], spans[2 * at + 1]));
  }

  /** CLIENT TRACKING ON as a node can judge it before there is a connection to redirect to; undefined: as it is. */
  judged(command: Uint8Array): Uint8Array | undefined {
    return redirected(this.words(command), '');
  }

  /** Whether CLIENT TRACKING ON names a client that messages are to go to. */
  names(command: Uint8Array): boolean {
    return this.judged(command) !== undefined;
  }

  #acceptTracking(words: readonly string[], command: Uint8Array, isOff: boolean): void {
    const before = this.#commands.get(TRACKING) ?? [];
    this.redirects = !isOff && redirectOf(words) > 0;
    this.broadcasts = !isOff && words.some((word) => word.toLowerCase() === 'bcast');
    if (isOff) {
      this.#commands.delete(TRACKING);
      return;
    }
    // Prefixes add up; everything else is as the last one says.
    const kept = this.broadcasts ? before.filter((other) => !Buffer.from(other).equals(command)) : [];
    this.#commands.set(TRACKING, [...kept, command]);
  }
}

/** Where the words of CLIENT TRACKING name the client that messages go to, or -1. */
function redirectOf(words: readonly string[]): number {
  if (words[1]?.toLowerCase() !== 'tracking') return -1;
  for (let at = 3; at + 1 < words.length; at++) {
    const word = words[at].toLowerCase();
    if (word === 'redirect') return at + 1;
    if (word === 'prefix') at += 1;
  }
  return -1;
}

/** The command with another id to redirect to, without any where it is ''; undefined: it names none, or nobody. */
function redirected(words: readonly string[], id: string): Uint8Array | undefined {
  const at = redirectOf(words);
  // What no node would take as an id, it is to refuse.
  if (at < 0 || words[at] === NO_CLIENT || !/^\d+$/.test(words[at])) return undefined;
  const named = id === '' ? [] : [words[at - 1]!, id];
  const writer = new FrameWriter(128);
  const all = [...words.slice(0, at - 1), ...named, ...words.slice(at + 1)];
  writer.array(all.length);
  for (const word of all) {
    const bytes = Buffer.from(word, 'latin1');
    writer.bulk(bytes, 0, bytes.length);
  }
  return writer.bytes.slice(0, writer.length);
}
