/** Clients of the end-to-end fuzz: write in random pieces, read replies, and see that no reply is somebody else's. */
import * as net from 'node:net';
import type { Random } from '../../src/base/random.ts';
import { ReplyCutter } from '../support/load/wire.ts';
import { foreignTokens, newToken, type OwnedCommand, ownedCommands } from './owned-commands.ts';
import { mutated } from './resp-mutations.ts';

const PUSH = 62;
const LONGEST_WAIT_MS = 20_000;
const FRAMING = '*$-0123456789 "\'\\\r\n\0x';

/** What all clients of a run have done. */
export interface FuzzTally {
  /** Damaged frames that were sent. */
  damaged: number;
  commands: number;
  replies: number;
  connections: number;
}

class Connection {
  readonly socket: net.Socket;
  readonly replies: Buffer[] = [];
  isClosed = false;
  readonly #cutter = new ReplyCutter();
  readonly #own: string;
  #fault: Error | undefined = undefined;
  #wake: (() => void) | undefined = undefined;

  private constructor(socket: net.Socket, own: string) {
    this.socket = socket;
    this.#own = own;
    socket.setNoDelay(true);
    socket.on('data', (chunk: Buffer) => this.#receive(chunk));
    socket.on('error', () => undefined);
    socket.on('close', () => {
      this.isClosed = true;
      this.#wake?.();
    });
  }

  static open(port: number, own: string): Promise<Connection> {
    return new Promise((resolve, reject) => {
      const socket = net.connect({ port, host: '127.0.0.1' });
      socket.once('error', reject);
      socket.once('connect', () => {
        socket.off('error', reject);
        resolve(new Connection(socket, own));
      });
    });
  }

  /** Writes in random pieces, each in a turn of its own now and then, so that they arrive apart. */
  async write(bytes: Buffer, random: Random): Promise<void> {
    let at = 0;
    while (at < bytes.length && !this.isClosed) {
      const end = random.next() < 0.5 ? bytes.length : Math.min(bytes.length, at + 1 + random.integer(60));
      this.socket.write(bytes.subarray(at, end));
      at = end;
      if (at < bytes.length) await new Promise((resolve) => setImmediate(resolve));
    }
  }

  /** Waits until `count` replies are there, or the other side has closed. */
  async until(count: number): Promise<void> {
    const timer = setTimeout(() => {
      this.#fault ??= new Error(`${this.replies.length} of ${count} replies after ${LONGEST_WAIT_MS} ms`);
      this.#wake?.();
    }, LONGEST_WAIT_MS);
    while (this.replies.length < count && !this.isClosed && this.#fault === undefined) {
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
    }
    clearTimeout(timer);
    if (this.#fault !== undefined) {
      this.socket.destroy();
      throw this.#fault;
    }
  }

  #receive(chunk: Buffer): void {
    try {
      this.#cutter.push(chunk);
      while (this.#cutter.next()) {
        const { bytes, start, end } = this.#cutter;
        const reply = Buffer.from(bytes.subarray(start, end));
        const foreign = foreignTokens(reply, this.#own);
        if (foreign.length > 0)
          throw new Error(`${this.#own} was sent what belongs to ${foreign.join(', ')}`);
        if (reply[0] !== PUSH) this.replies.push(reply);
      }
    } catch (error) {
      this.#fault ??= error as Error;
    }
    this.#wake?.();
  }
}

/** Sends good commands on a connection that it keeps. `isExact`: every reply must be the server's, none may be lost. */
export class HonestClient {
  readonly #port: number;
  readonly #random: Random;
  readonly #own: string;
  readonly #tally: FuzzTally;
  readonly #isExact: boolean;
  #connection: Connection | undefined = undefined;
  #serial = 0;

  constructor(port: number, random: Random, tally: FuzzTally, isExact: boolean) {
    this.#port = port;
    this.#random = random;
    this.#own = newToken(random);
    this.#tally = tally;
    this.#isExact = isExact;
  }

  /** One pipeline and all its replies. Throws when one of them is wrong. */
  async round(): Promise<void> {
    const random = this.#random;
    const connection = await this.#open();
    const commands: OwnedCommand[] = [];
    for (let left = 1 + random.integer(12); left > 0; left--)
      commands.push(...ownedCommands(this.#own, random, this.#serial++));
    connection.replies.length = 0;
    await connection.write(Buffer.concat(commands.map(({ bytes }) => bytes)), random);
    await connection.until(commands.length).catch((error: Error) => {
      const waiting = commands[connection.replies.length]?.bytes.toString('latin1').slice(0, 200);
      throw new Error(`${error.message}, waiting for ${JSON.stringify(waiting)}`);
    });
    this.#tally.commands += commands.length;
    this.#tally.replies += connection.replies.length;
    if (this.#isExact) this.#check(commands, connection);
  }

  close(): void {
    this.#connection?.socket.destroy();
  }

  async #open(): Promise<Connection> {
    if (this.#connection === undefined || this.#connection.isClosed) {
      if (this.#isExact && this.#connection !== undefined)
        throw new Error('an honest client was disconnected');
      this.#tally.connections += 1;
      this.#connection = await Connection.open(this.#port, this.#own);
    }
    return this.#connection;
  }

  #check(commands: readonly OwnedCommand[], { replies }: Connection): void {
    for (const [index, { bytes, expected }] of commands.entries()) {
      const reply = replies[index]?.toString('latin1');
      if (reply === undefined) throw new Error(`no reply to ${bytes.toString('latin1').slice(0, 200)}`);
      if (expected !== undefined && reply !== expected)
        throw new Error(`${reply.slice(0, 200)} in reply to ${bytes.toString('latin1').slice(0, 200)}`);
    }
  }
}

/** Sends damaged commands, a few on each connection, then ends its side and waits until the other side closes. */
export class HostileClient {
  readonly #port: number;
  readonly #random: Random;
  readonly #tally: FuzzTally;

  constructor(port: number, random: Random, tally: FuzzTally) {
    this.#port = port;
    this.#random = random;
    this.#tally = tally;
  }

  async round(): Promise<void> {
    const random = this.#random;
    const own = newToken(random);
    const connection = await Connection.open(this.#port, own);
    this.#tally.connections += 1;
    const pieces: Uint8Array[] = [];
    for (let left = 1 + random.integer(4); left > 0; left--) {
      for (const { bytes } of ownedCommands(own, random, 0)) {
        pieces.push(mutated(bytes, random, FRAMING));
        this.#tally.damaged += 1;
      }
    }
    await connection.write(Buffer.concat(pieces), random);
    if (random.next() < 0.1) connection.socket.resetAndDestroy();
    else connection.socket.end();
    await connection.until(Number.POSITIVE_INFINITY);
    this.#tally.replies += connection.replies.length;
  }
}
