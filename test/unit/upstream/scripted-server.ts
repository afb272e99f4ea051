/**
 * A server that answers what the test tells it to, when the test tells it to: for moments that a real server passes
 * through too fast to be met.
 */
import * as net from 'node:net';
import { onCleanup } from '../../support/cleanup.ts';
import { decodeRaw, plain } from '../../support/raw-reply.ts';
import { waitUntil } from '../../support/wait.ts';

/** A command as it came, and the way to answer it. */
export interface Asked {
  /** Words of the command, its name in capitals. */
  readonly words: readonly string[];
  /** Number of the connection, from 0. */
  readonly connection: number;
  /** Sends a reply as it is on the wire; `\n` stands for CRLF. */
  answer(wire: string): void;
  /** Cuts the connection instead. */
  cut(): void;
}

/** Gives the reply of a command at once, or undefined: then the test takes it with `next` and answers it later. */
export type Script = (words: readonly string[], connection: number) => string | undefined;

const HELLO = '*4\n$6\nserver\n$6\nvalkey\n$2\nid\n';

/** Answers what every connection of the gateway asks for by itself. */
export const politely: Script = ([name, first], connection) => {
  if (name === 'HELLO') return `${HELLO}:${connection + 1}\n`;
  if (name === 'INFO') return '$-1\n';
  if (name === 'PING') return '+PONG\n';
  if (name === 'COMMAND') return '*0\n';
  return name === 'CLIENT' && first === 'SETNAME' ? '+OK\n' : undefined;
};

export class ScriptedServer {
  readonly #server: net.Server;
  readonly #sockets = new Set<net.Socket>();
  /** Words of all commands so far. */
  readonly heard: (readonly string[])[] = [];
  /** Commands that the script did not answer and nobody has taken. */
  readonly asked: Asked[] = [];
  script: Script;
  /** Connections made so far. */
  connections = 0;

  private constructor(script: Script) {
    this.script = script;
    this.#server = net.createServer((socket) => this.#accept(socket));
  }

  static async start(script: Script = politely): Promise<ScriptedServer> {
    const server = new ScriptedServer(script);
    await server.listen(0);
    onCleanup(() => server.stop());
    return server;
  }

  async listen(port: number): Promise<void> {
    await new Promise<void>((resolve) => this.#server.listen(port, '127.0.0.1', () => resolve()));
  }

  get port(): number {
    return (this.#server.address() as net.AddressInfo).port;
  }

  get url(): string {
    return `redis://127.0.0.1:${this.port}`;
  }

  get open(): number {
    return this.#sockets.size;
  }

  /** Waits for the next command whose words begin with these, and takes it. */
  next(...words: string[]): Promise<Asked> {
    const fits = (asked: Asked): boolean => words.every((word, index) => asked.words[index] === word);
    return waitUntil(
      () => {
        const at = this.asked.findIndex(fits);
        return at < 0 ? undefined : this.asked.splice(at, 1)[0];
      },
      `the server to be asked ${words.join(' ')}`,
    );
  }

  /** Cuts every connection. */
  cut(): void {
    for (const socket of this.#sockets) socket.destroy();
  }

  /** Cuts everything and refuses connections from now on. */
  async stop(): Promise<void> {
    this.cut();
    if (this.#server.listening) await new Promise((resolve) => this.#server.close(resolve));
  }

  #accept(socket: net.Socket): void {
    const connection = this.connections;
    this.connections += 1;
    this.#sockets.add(socket);
    let kept = Buffer.alloc(0);
    const replies: { wire: string | undefined }[] = [];
    socket.on('data', (chunk: Buffer) => {
      kept = Buffer.concat([kept, chunk]);
      for (let one = decodeRaw(kept, 0); one !== undefined; one = decodeRaw(kept, 0)) {
        kept = kept.subarray(one.end);
        this.#hear(socket, replies, connection, plain(one.reply) as string[]);
      }
    });
    socket.on('error', () => {});
    socket.on('close', () => this.#sockets.delete(socket));
  }

  /** Replies leave in the order of their commands, as a server's do, in whatever order the test gives them. */
  #hear(
    socket: net.Socket,
    replies: { wire: string | undefined }[],
    connection: number,
    [name, ...rest]: string[],
  ): void {
    const words = [(name as string).toUpperCase(), ...rest];
    this.heard.push(words);
    const reply: { wire: string | undefined } = { wire: this.script(words, connection) };
    replies.push(reply);
    const answer = (wire: string): void => {
      reply.wire = wire;
      while (replies[0]?.wire !== undefined) socket.write(replies.shift()!.wire!.replaceAll('\n', '\r\n'));
    };
    if (reply.wire !== undefined) answer(reply.wire);
    else this.asked.push({ words, connection, answer, cut: () => socket.destroy() });
  }
}
