/**
 * A conversation as text. A case talks to a server, or to a gateway in front of one, and everything it hears is
 * written down with its RESP type; two transcripts of one case can then be compared line by line. What must differ
 * between two runs (ids, addresses, times) is masked here.
 */
import { createHash } from 'node:crypto';
import { encodeCommand, type RawArgument, RawClient, type RawClientOptions } from '../support/raw-client.ts';
import { type PlainReply, plain, type RawReply } from '../support/raw-reply.ts';
import type { ServerName } from '../support/servers.ts';
import { waitUntil } from '../support/wait.ts';
import { splitArguments } from './command-text.ts';
import { type ModeName, nameOf } from './modes.ts';

/** Where a case is played: a server, a gateway in some configuration, the engine. */
export interface Stage {
  readonly name: string;
  readonly target: RawClientOptions;
  /** What is sent in place of a command, where the stage needs another form of it. */
  readonly rewrite?: (args: readonly RawArgument[], one: ConformanceCase) => readonly RawArgument[];
}

/** Words with spaces between them, in which one may be quoted (`""`, `"a\x00b"`); or arguments. */
export type CaseCommand = string | readonly RawArgument[];

/** The arguments of a command. */
export function wordsOf(command: CaseCommand): readonly RawArgument[] {
  if (typeof command !== 'string') return command;
  const isPlain = !/(^| )"/.test(command);
  return isPlain ? command.split(' ') : splitArguments(command).map((word) => Buffer.from(word, 'latin1'));
}

export class Transcript {
  readonly lines: string[] = [];
  /** Commands that were sent, by `mode/name`, and whether one of them was seen to succeed. */
  readonly used = new Map<string, boolean>();
  private readonly stage: Stage;
  private readonly one: ConformanceCase;
  private readonly peers: Peer[] = [];

  constructor(stage: Stage, one: ConformanceCase) {
    this.stage = stage;
    this.one = one;
  }

  /** The command as it is sent here. */
  encode(args: readonly RawArgument[]): Buffer {
    return encodeCommand(this.stage.rewrite?.(args, this.one) ?? args);
  }

  /** A new connection. Its name stands before each of its lines. */
  async connect(name = 'a'): Promise<Peer> {
    const peer = new Peer(this, name, await RawClient.connect(this.stage.target));
    this.peers.push(peer);
    return peer;
  }

  note(line: string): void {
    this.lines.push(mask(line));
  }

  noteUse(mode: ModeName, args: readonly RawArgument[], succeeded: boolean): void {
    const key = `${mode}/${nameOf(args.slice(0, 2).map((argument) => String(argument)))}`;
    this.used.set(key, succeeded || this.used.get(key) === true);
  }

  close(): void {
    for (const peer of this.peers) peer.client.close();
  }
}

export class Peer {
  readonly client: RawClient;
  private readonly transcript: Transcript;
  private readonly name: string;
  private mode: ModeName = 'RESP2';

  constructor(transcript: Transcript, name: string, client: RawClient) {
    this.transcript = transcript;
    this.name = name;
    this.client = client;
  }

  /** Sends a command; the transcript gets the command and its reply. */
  async call(...args: readonly RawArgument[]): Promise<RawReply> {
    return this.callList(args);
  }

  /** As `call`, for more arguments than a function call takes. */
  async callList(args: readonly RawArgument[]): Promise<RawReply> {
    this.client.send(this.transcript.encode(args));
    const shown = args.slice(0, 20).map(showArgument).join(' ');
    const reply = await this.read(args.length > 20 ? `${shown} … (${args.length})` : shown);
    this.used(args, reply.type !== 'error');
    return reply;
  }

  /** Sends commands one after another, each after the reply of the one before. */
  async calls(commands: readonly CaseCommand[]): Promise<void> {
    for (const command of commands) await this.callList(wordsOf(command));
  }

  /** Sends a command and keeps its reply out of the transcript. */
  async quiet(...args: readonly RawArgument[]): Promise<PlainReply> {
    this.used(args, false);
    return plain(await this.typed(...args));
  }

  /**
   * As `call`, for a number that follows a clock: `after` one beat is written down as what it was just `before`. The
   * clocks of two servers do not beat at once, and a beat may fall between two commands.
   */
  async callClocked(command: string, before: number, after: number): Promise<void> {
    const args = wordsOf(command);
    const reply = await this.typed(...args);
    const hasBeaten = reply.type === 'integer' && reply.value === BigInt(after);
    this.write(`${command} -> ${hasBeaten ? `:${before}` : showReply(reply)}`);
    this.used(args, reply.type !== 'error');
  }

  /** Asks until the reply is as it should be, in bounded time. Keeps all of it out of the transcript. */
  async until(command: string, holds: (reply: PlainReply) => boolean): Promise<void> {
    const asks = async (): Promise<boolean> => {
      const reply = await this.quiet(...wordsOf(command));
      if (!holds(reply)) throw new Error(`the reply is ${String(reply).slice(0, 2_000)}`);
      return true;
    };
    await waitUntil(asks, `the reply that ${this.name} expects to "${command}"`);
  }

  /** Sends a command and keeps it and its reply out of everything. */
  async typed(...args: readonly RawArgument[]): Promise<RawReply> {
    this.client.send(this.transcript.encode(args));
    return (await this.client.readFrame(this.client.timeoutMs, args)).reply;
  }

  /** Sends commands in one write and waits for nothing. */
  sendAll(commands: readonly string[]): void {
    for (const command of commands) this.used(wordsOf(command), false);
    this.client.send(Buffer.concat(commands.map((command) => this.transcript.encode(wordsOf(command)))));
  }

  send(...args: readonly RawArgument[]): void {
    this.used(args, false);
    this.client.send(this.transcript.encode(args));
  }

  /** Sends bytes as they are. */
  raw(bytes: string): void {
    this.client.send(Buffer.from(bytes, 'latin1'));
  }

  /** Waits for the next reply and writes it down. */
  async read(label = ''): Promise<RawReply> {
    try {
      const { reply } = await this.client.readFrame();
      this.write(`${label} -> ${showReply(reply)}`);
      return reply;
    } catch (error) {
      if (!this.client.closed) throw new Error(`${this.name}: ${label}: ${(error as Error).message}`);
      this.write(`${label} -> closed`);
      return { type: 'null', form: '_' };
    }
  }

  async reads(count: number): Promise<void> {
    for (let index = 0; index < count; index++) await this.read(`#${index}`);
  }

  /** Waits for the next RESP3 push and writes it down. */
  async push(): Promise<void> {
    this.write(`push ${JSON.stringify(await this.client.readPush())}`);
  }

  /** Waits until the other side closes; what came before that is written down. */
  async closed(): Promise<void> {
    await this.client.waitForClose();
    while (this.client.unread > 0) await this.read('left');
    this.write(`closed, ${this.client.unreadBytes.length} bytes left`);
  }

  /** Proves that nothing more came: the reply to a PING with a token is the next one. */
  async settle(): Promise<void> {
    await this.call('PING', 'settled');
  }

  /** Notes that a command was sent, and which protocol those after it are in. */
  private used(args: readonly RawArgument[], succeeded: boolean): void {
    this.transcript.noteUse(this.mode, args, succeeded);
    if (String(args[0]).toLowerCase() !== 'hello') return;
    if (String(args[1]) === '3') this.mode = 'RESP3';
    else if (String(args[1]) === '2') this.mode = 'RESP2';
  }

  write(line: string): void {
    this.transcript.note(`${this.name}: ${line}`);
  }
}

function showArgument(argument: RawArgument): string {
  const text = argument instanceof Uint8Array ? Buffer.from(argument).toString('latin1') : String(argument);
  return text.length > 60 ? `<${text.length} bytes>` : JSON.stringify(text).slice(1, -1);
}

/** One line that keeps every type apart. */
export function showReply(reply: RawReply): string {
  switch (reply.type) {
    case 'simple':
      return `+${reply.text}`;
    case 'error':
      return `-${reply.text}`;
    case 'bulkError':
      return `!${reply.text}`;
    case 'double':
      return `,${reply.text}`;
    case 'bigNumber':
      return `(${reply.text}`;
    case 'integer':
      return `:${reply.value}`;
    case 'boolean':
      return `#${reply.value}`;
    case 'null':
      return `${reply.form}nil`;
    case 'verbatim':
      return `=${reply.format}:${showText(reply.text)}`;
    case 'bulk':
      return `$${showText(reply.bytes.toString('latin1'))}`;
    case 'map':
      return `%{${reply.entries.map(([key, value]) => `${showReply(key)} ${showReply(value)}`).join(', ')}}`;
    default:
      return `${reply.type}[${showItems(reply.items)}]`;
  }
}

function showItems(items: readonly RawReply[]): string {
  const shown = items.map(showReply).join(' ');
  return shown.length > 4000 ? `${items.length} items ${digest(shown)}` : shown;
}

function showText(text: string): string {
  return text.length > 2000 ? `<${text.length} bytes ${digest(text)}>` : JSON.stringify(text);
}

function digest(text: string): string {
  return createHash('sha1').update(text, 'latin1').digest('hex').slice(0, 12);
}

/** CLIENT INFO fields that depend on the moment or on the connection. */
const clientFields =
  'id|addr|laddr|fd|age|idle|qbuf|qbuf-free|argv-mem|multi-mem|rbs|rbp|obl|oll|omem|tot-mem|events|io-thread|' +
  'tot-net-in|tot-net-out|tot-cmds';
const masks: readonly (readonly [RegExp, string])[] = [
  [new RegExp(`\\b(${clientFields})=\\S*`, 'g'), '$1=?'],
  [/127\.0\.0\.1:\d+/g, 'ADDRESS'],
  [/(\$"id" ):\d+/g, '$1:ID'],
  [/\b1[6-9]\d{11}(-\d+)?\b/g, 'TIME'],
  [/\b1[6-9]\d{8}\.\d{6}\b/g, 'TIME'],
];

function mask(line: string): string {
  let masked = line;
  for (const [pattern, replacement] of masks) masked = masked.replace(pattern, replacement);
  return masked;
}

export interface ConformanceCase {
  readonly name: string;
  /** Plays the case. Databases 0 and 1 are empty before it. */
  readonly play: (transcript: Transcript) => Promise<void>;
  /** Releases the case is not played on; each needs a reason beside it. */
  readonly notOn?: readonly ServerName[];
  /** Not played where clients share connections to the server; needs a reason beside it. */
  readonly pinnedOnly?: boolean;
}

/** A case that is a list of commands on one connection, played in RESP2 and again in RESP3. */
export function commandsCase(name: string, commands: readonly CaseCommand[]): ConformanceCase {
  return {
    name,
    play: async (transcript) => {
      for (const protocol of [2, 3]) {
        const peer = await transcript.connect(`resp${protocol}`);
        if (protocol === 3) await peer.quiet('HELLO', '3');
        await peer.quiet('FLUSHALL');
        await peer.calls(commands);
      }
    },
  };
}

export interface PlayedCase {
  readonly lines: readonly string[];
  /** As `Transcript.used`. */
  readonly used: ReadonlyMap<string, boolean>;
}

/** No client is left that would be counted among those of the next case: a closed connection is noticed later. */
async function isQuiet(client: RawClient): Promise<boolean> {
  const questions = ['PUBSUB CHANNELS', 'PUBSUB SHARDCHANNELS', 'PUBSUB NUMPAT', 'INFO clients'];
  const replies = await client.pipeline(questions.map((question) => question.split(' ')));
  const clients = String(replies.pop());
  const isLeft = /^(blocked|tracking)_clients:[1-9]/m.test(clients);
  return !isLeft && replies.every((reply) => reply === 0 || (Array.isArray(reply) && reply.length === 0));
}

/** Plays one case on a stage. */
export async function play(stage: Stage, one: ConformanceCase): Promise<PlayedCase> {
  const transcript = new Transcript(stage, one);
  try {
    const cleaner = await RawClient.connect(stage.target);
    await waitUntil(() => isQuiet(cleaner), 'the clients of the case before to be gone');
    await cleaner.pipeline([['FLUSHALL'], ['SCRIPT', 'FLUSH'], ['FUNCTION', 'FLUSH']]);
    cleaner.close();
    await one.play(transcript);
    return transcript;
  } finally {
    transcript.close();
  }
}
