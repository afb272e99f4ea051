/** Servers that misbehave: a TCP listener that does to each connection what it is told to. */
import { randomBytes } from 'node:crypto';
import * as net from 'node:net';
import { onCleanup } from '../support/cleanup.ts';

export type Misbehaviour =
  /** Accepts and never says a word. */
  | 'silent'
  /** Answers everything with random bytes. */
  | 'garbage'
  /** Greets as a server would, then answers commands with random bytes. */
  | 'polite garbage'
  /** Answers each chunk with more well-formed replies than commands. */
  | 'too many replies'
  /** Announces a reply of 500 MB and sends it slowly, for ever. */
  | 'endless reply'
  /** Closes every connection as soon as something arrives. */
  | 'hangs up';

export interface FaultyPeer {
  readonly port: number;
  readonly connections: () => number;
}

export async function startFaultyPeer(how: Misbehaviour): Promise<FaultyPeer> {
  let accepted = 0;
  const sockets = new Set<net.Socket>();
  const server = net.createServer((socket) => {
    accepted++;
    sockets.add(socket);
    socket.on('close', () => sockets.delete(socket));
    socket.on('error', () => undefined);
    const answer = answers[how]();
    socket.on('data', (chunk) => answer(socket, chunk));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onCleanup(() => {
    server.close();
    for (const socket of sockets) socket.destroy();
  });
  return { port: (server.address() as net.AddressInfo).port, connections: () => accepted };
}

type Answer = (socket: net.Socket, chunk: Buffer) => void;

const answers: Readonly<Record<Misbehaviour, () => Answer>> = {
  silent: () => () => undefined,
  garbage: () => (socket, chunk) => socket.write(randomBytes(Math.min(chunk.length, 4096))),
  'polite garbage': () => {
    let greeted = 0;
    return (socket, chunk) => {
      const commands = countCommands(chunk);
      if (greeted < 20 && greet(socket, chunk)) greeted += commands;
      else socket.write(randomBytes(Math.min(chunk.length, 4096)));
    };
  },
  'too many replies': () => (socket, chunk) => {
    socket.write('+OK\r\n'.repeat(3 * countCommands(chunk)));
  },
  'endless reply': () => {
    let started = false;
    return (socket) => {
      if (started) return;
      started = true;
      socket.write('$524288000\r\n');
      const timer = setInterval(() => socket.write('x'.repeat(1000)), 20);
      socket.on('close', () => clearInterval(timer));
    };
  },
  'hangs up': () => (socket) => socket.destroy(),
};

function countCommands(chunk: Buffer): number {
  return chunk.toString('latin1').match(/\*\d+\r\n\$/g)?.length ?? 1;
}

/** Answers a handshake; false when the chunk is none. */
function greet(socket: net.Socket, chunk: Buffer): boolean {
  const text = chunk.toString('latin1');
  if (!/HELLO|CLIENT|INFO|SELECT|PING|COMMAND|AUTH/i.test(text)) return false;
  for (const [, name] of text.matchAll(/\*\d+\r\n\$\d+\r\n(\w+)/g))
    socket.write(greeting((name ?? '').toUpperCase()));
  return true;
}

function greeting(name: string): string {
  if (name === 'HELLO') return '*4\r\n$6\r\nserver\r\n$6\r\nvalkey\r\n$7\r\nversion\r\n$5\r\n9.1.0\r\n';
  if (name === 'INFO') return '$24\r\n# Server\r\nredis_version:7\r\n';
  if (name === 'COMMAND') return '*0\r\n';
  return name === 'PING' ? '+PONG\r\n' : '+OK\r\n';
}
