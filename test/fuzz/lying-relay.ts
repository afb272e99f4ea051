/**
 * A relay between a gateway and a real server. It passes commands on as they are and replies in random pieces; some
 * replies it alters, and some it damages so that a careful reader must notice. Behind a damaged reply it goes on as if
 * nothing had happened: whoever reads on gives replies to the wrong clients.
 */
import * as net from 'node:net';
import { createRandom, type Random } from '../../src/base/random.ts';
import { onCleanup } from '../support/cleanup.ts';
import { ReplyCutter } from '../support/load/wire.ts';

export interface LyingRelay {
  readonly port: number;
  readonly tally: RelayTally;
}

export interface RelayTally {
  replies: number;
  /** Still a reply, with another payload. */
  altered: number;
  /** No reply any more. */
  damaged: number;
  connections: number;
}

/** Shares of all replies. */
export interface RelayRates {
  readonly altered: number;
  readonly damaged: number;
}

const CR = 13;
const LF = 10;

export async function startLyingRelay(
  serverPort: number,
  seed: number,
  rates: RelayRates,
): Promise<LyingRelay> {
  const tally: RelayTally = { replies: 0, altered: 0, damaged: 0, connections: 0 };
  const sockets = new Set<net.Socket>();
  const relay = net.createServer((socket) => {
    const random = createRandom(seed + 7919 * tally.connections++);
    const server = net.connect(serverPort, '127.0.0.1');
    for (const one of [socket, server]) {
      sockets.add(one);
      one.setNoDelay(true);
      one.on('error', () => undefined);
      one.on('close', () => sockets.delete(one));
    }
    socket.on('data', (chunk) => server.write(chunk));
    socket.on('close', () => server.destroy());
    server.on('close', () => socket.destroy());
    const cutter = new ReplyCutter();
    server.on('data', (chunk) => {
      cutter.push(Buffer.from(chunk));
      while (cutter.next()) {
        tally.replies += 1;
        pass(Buffer.from(cutter.bytes.subarray(cutter.start, cutter.end)), socket, random, rates, tally);
      }
    });
  });
  await new Promise<void>((resolve) => relay.listen(0, '127.0.0.1', resolve));
  onCleanup(() => {
    relay.close();
    for (const socket of sockets) socket.destroy();
  });
  return { port: (relay.address() as net.AddressInfo).port, tally };
}

function pass(reply: Buffer, socket: net.Socket, random: Random, rates: RelayRates, tally: RelayTally): void {
  const chance = random.next();
  if (chance < rates.damaged) {
    tally.damaged += 1;
    const { bytes, ends } = damaged(reply, random);
    writePieces(bytes, socket, random);
    if (ends) socket.end();
  } else if (chance < rates.damaged + rates.altered) {
    tally.altered += 1;
    writePieces(altered(reply, random), socket, random);
  } else writePieces(reply, socket, random);
}

function writePieces(bytes: Buffer, socket: net.Socket, random: Random): void {
  if (random.next() < 0.6) {
    socket.write(bytes);
    return;
  }
  const cut = random.integer(bytes.length + 1);
  socket.write(bytes.subarray(0, cut));
  socket.write(bytes.subarray(cut));
}

/** The same frames with other payload bytes. */
function altered(reply: Buffer, random: Random): Buffer {
  const bytes = Buffer.from(reply);
  const start = bytes.indexOf(LF) + 1;
  const isBulk = bytes[0] === 0x24 && start < bytes.length - 2;
  if (isBulk) {
    for (let changes = 1 + random.integer(4); changes > 0; changes--)
      bytes[start + random.integer(bytes.length - 2 - start)] = random.integer(256);
    return bytes;
  }
  if (bytes[0] === 0x2b) return Buffer.from(`+${'x'.repeat(random.integer(200))}\r\n`);
  if (bytes[0] === 0x3a) return Buffer.from(`:${random.integer(1_000_000)}\r\n`);
  return bytes;
}

/** Bytes that no reader can take for replies. `ends`: what follows is lost. */
function damaged(reply: Buffer, random: Random): { readonly bytes: Buffer; readonly ends: boolean } {
  const bytes = Buffer.from(reply);
  switch (random.integer(6)) {
    case 0:
      // No such type.
      bytes[0] = random.pick([0x00, 0x0d, 0x41, 0x7f, 0xff, 0x20, 0x30]);
      return { bytes, ends: false };
    case 1:
      return { bytes: bytes.subarray(0, random.integer(bytes.length)), ends: true };
    case 2:
      // A length that is none.
      return {
        bytes: Buffer.concat([
          Buffer.from(random.pick(['$x\r\n', '*1x\r\n', '$-2\r\n', '*--1\r\n', '$\r\n'])),
          bytes,
        ]),
        ends: false,
      };
    case 3:
      // More is announced than will ever come.
      return {
        bytes: Buffer.concat([Buffer.from(random.pick(['$100000\r\n', '*50\r\n'])), bytes]),
        ends: true,
      };
    case 4: {
      // The string does not end where it should.
      const at = bytes.indexOf(CR);
      if (bytes[0] !== 0x24 || at === bytes.length - 2) bytes[0] = 0x01;
      else bytes[bytes.length - 2] = 0x78;
      return { bytes, ends: false };
    }
    default: {
      const noise = Buffer.alloc(1 + random.integer(300));
      for (let index = 0; index < noise.length; index++) noise[index] = 0x80 + random.integer(0x80);
      return { bytes: Buffer.concat([noise, bytes]), ends: false };
    }
  }
}
