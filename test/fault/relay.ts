/** A network that fails: passes bytes between the gateway and a server until it is told to swallow them. */
import * as net from 'node:net';
import { onCleanup } from '../support/cleanup.ts';

export class Relay {
  readonly port: number;
  /** Bytes from the server that one connection passes on, from now on, before it falls silent; others go on. */
  #budget = Number.POSITIVE_INFINITY;
  #isSwallowing = false;
  /** From the gateway, oldest first. */
  readonly #near: net.Socket[] = [];
  readonly #silent = new Set<net.Socket>();
  /** Bytes of the server that each connection has passed on since `silenceAfter`. */
  #passed = new WeakMap<net.Socket, number>();
  #passedBySilent = 0;
  /** Milliseconds that the next piece of the server's takes, where the network is slow. */
  #delayMs: (() => number) | undefined;
  readonly #late = new WeakMap<net.Socket, Buffer[]>();
  /** Bytes of the server's that pass before the connection they come on is reset. */
  #untilReset = Number.POSITIVE_INFINITY;
  #resets = 0;

  private constructor(server: net.Server) {
    this.port = (server.address() as net.AddressInfo).port;
  }

  static async start(serverPort: number): Promise<Relay> {
    const sockets = new Set<net.Socket>();
    const server = net.createServer();
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const relay = new Relay(server);
    server.on('connection', (near) => {
      const far = net.connect(serverPort, '127.0.0.1');
      for (const [socket, other] of [
        [near, far],
        [far, near],
      ] as const) {
        sockets.add(socket);
        socket.setNoDelay(true);
        socket.on('error', () => undefined);
        socket.on('close', () => {
          sockets.delete(socket);
          other.destroy();
        });
      }
      relay.#near.push(near);
      near.on('data', (bytes) => relay.#pass(near, far, bytes));
      far.on('data', (bytes) => relay.#answer(near, bytes));
    });
    onCleanup(() => {
      server.close();
      for (const socket of sockets) socket.destroy();
    });
    return relay;
  }

  /** The connection on which the server has said so much from now on says nothing more, and hears nothing. */
  silenceAfter(bytes: number): void {
    this.#budget = bytes;
    this.#passed = new WeakMap();
  }

  /** Nothing passes any more, in both directions, on the oldest connection there is; others go on. */
  silenceOldest(): void {
    this.#silent.add(this.#near.find((socket) => !socket.destroyed && !this.#silent.has(socket))!);
  }

  /** Nothing passes on any connection; they stay open, and new ones are taken. */
  swallow(): void {
    this.#isSwallowing = true;
  }

  /** What comes from now on passes again. */
  pass(): void {
    this.#isSwallowing = false;
  }

  /** Each piece that the server sends arrives so much later, and none before an earlier one of its connection. */
  delay(next: () => number): void {
    this.#delayMs = next;
  }

  /** Once the server has said so much more, on all connections together, the one it is said on is reset right there. */
  resetAfter(bytes: number): void {
    this.#untilReset = bytes;
  }

  /** How many connections have been reset. */
  get resets(): number {
    return this.#resets;
  }

  /** How many connections have fallen silent by themselves. */
  get silent(): number {
    return this.#silent.size;
  }

  /**
   * What the connection that fell silent has passed on since `silenceAfter`, in bytes: somewhat more than was asked for
   * where a long reply came in short pieces, too.
   */
  get passedBySilent(): number {
    return this.#passedBySilent;
  }

  #pass(near: net.Socket, far: net.Socket, bytes: Buffer): void {
    if (!this.#isSwallowing && !this.#silent.has(near)) far.write(bytes);
  }

  #answer(near: net.Socket, bytes: Buffer): void {
    if (this.#isSwallowing || this.#silent.has(near)) return;
    if (this.#delayMs !== undefined) {
      this.#answerLate(near, bytes, this.#delayMs());
      return;
    }
    if (bytes.length >= this.#untilReset) {
      this.#answerAndReset(near, bytes);
      return;
    }
    this.#untilReset -= bytes.length;
    // Small replies are none that could be cut in the middle.
    const isLong = bytes.length >= LONG_BYTES && this.#budget !== Number.POSITIVE_INFINITY;
    const size = isLong ? Math.min(bytes.length, this.#budget) : bytes.length;
    near.write(bytes.subarray(0, size));
    const passed = (this.#passed.get(near) ?? 0) + size;
    this.#passed.set(near, passed);
    if (!isLong) return;
    this.#budget -= size;
    if (this.#budget > 0) return;
    this.#silent.add(near);
    this.#passedBySilent = passed;
    this.#budget = Number.POSITIVE_INFINITY;
  }

  /** Whichever timer fires first, the oldest piece goes first. */
  #answerLate(near: net.Socket, bytes: Buffer, delayMs: number): void {
    const waiting = this.#late.get(near) ?? [];
    this.#late.set(near, waiting);
    waiting.push(bytes);
    setTimeout(() => {
      const piece = waiting.shift()!;
      if (!near.destroyed) near.write(piece);
    }, delayMs);
  }

  #answerAndReset(near: net.Socket, bytes: Buffer): void {
    const part = bytes.subarray(0, this.#untilReset);
    this.#untilReset = Number.POSITIVE_INFINITY;
    this.#resets += 1;
    near.write(part, () => near.resetAndDestroy());
  }
}

/** Pieces of a long reply are longer; whole replies of other connections are not. */
const LONG_BYTES = 16 * 1024;
