/** The recorded protocol errors and random inline commands, put to the real servers. */
import * as net from 'node:net';
import { describe, expect, test } from 'vitest';
import { asciiBytes } from '../../src/base/bytes.ts';
import { createRandom } from '../../src/base/random.ts';
import { FrameWriter } from '../../src/resp/encode.ts';
import { testSeed } from '../support/seed.ts';
import { type ServerName, serverNames, startServer } from '../support/servers.ts';
import { type ProtocolCase, protocolCases } from '../unit/resp/protocol-cases.ts';
import { bytesOf, readCommands, textOf } from '../unit/resp/reading.ts';
import { fuzzRuns } from './resp-mutations.ts';

/** A connection that stays silent so long has nothing more to say. */
const silenceMs = 300;

interface Answer {
  readonly text: string;
  readonly isClosed: boolean;
}

/** Sends `input` on a connection of its own and collects what comes back until it closes or falls silent. */
function ask(port: number, input: Uint8Array): Promise<Answer> {
  return new Promise((resolve) => {
    const socket = net.connect(port, '127.0.0.1', () => socket.write(input));
    let text = '';
    let timer: NodeJS.Timeout | undefined;
    const finish = (isClosed: boolean): void => {
      clearTimeout(timer);
      socket.destroy();
      resolve({ text, isClosed });
    };
    const wait = (): void => {
      clearTimeout(timer);
      timer = setTimeout(finish, silenceMs, false);
    };
    wait();
    socket.on('data', (chunk) => {
      text += chunk.toString('latin1');
      wait();
    });
    socket.on('error', () => undefined);
    socket.on('close', () => finish(true));
  });
}

/** The bytes of the error reply that the case expects. */
function errorReply(error: string): string {
  const writer = new FrameWriter();
  writer.error(error);
  return textOf(writer.bytes, 0, writer.length);
}

/** Differences that `ProtocolCase.except` describes. */
function isExcepted(name: ServerName, item: ProtocolCase): boolean {
  const isNewest = name === 'valkey-9.1';
  switch (item.except) {
    case 'crlf':
      return !isNewest;
    case 'nul':
      return !isNewest;
    case 'order':
    case 'quotes':
      return isNewest;
    default:
      return false;
  }
}

describe.each(serverNames)('%s', (name) => {
  test('answers as recorded', async () => {
    const open = await startServer(name);
    const closed = await startServer(name, { password: 'secret' });
    const check = async (item: ProtocolCase): Promise<void> => {
      const port = item.unauthenticated ? closed.port : open.port;
      const answer = await ask(port, bytesOf(item.input));
      const label = JSON.stringify(item.input.slice(0, 60));
      expect(answer.isClosed, label).toBe(item.error !== undefined);
      if (item.error !== undefined)
        expect(answer.text.endsWith(errorReply(item.error)), `${label} ${answer.text}`).toBe(true);
      // Every command of the cases is answered by one line, or by a bulk string, or by an error.
      const replies = readCommandsAnswered(answer.text);
      expect(replies, label).toBe(item.commands.length + (item.error === undefined ? 0 : 1));
    };
    const cases = protocolCases.filter((item) => !isExcepted(name, item));
    for (let at = 0; at < cases.length; at += 40) await Promise.all(cases.slice(at, at + 40).map(check));
  });
});

function readCommandsAnswered(text: string): number {
  const lines = text.split('\r\n');
  return lines.filter((line) => /^[+\-$]/.test(line)).length;
}

/** Valkey 9.1 splits some unbalanced quotes in its own way. */
const splitters = serverNames.filter((name) => name !== 'valkey-9.1');

describe.each(splitters)('%s', (name) => {
  test('splits inline commands as we do', async () => {
    const seed = testSeed(`inline commands on ${name}`);
    const random = createRandom(seed);
    const server = await startServer(name);
    const alphabet = ['a', 'b', ' ', ' ', '"', "'", '\\', '\t', '\x0b', '\r', 'x4', '\\x41', '\\"', '\xe9'];
    const script = 'EVAL "return ARGV" 0 ';
    const check = async (): Promise<void> => {
      let line = '';
      for (let length = random.integer(12); length > 0; length--) line += random.pick(alphabet);
      const input = bytesOf(`${script}${line}\r\n`);
      const ours = readCommands(input, 'whole');
      const theirs = await ask(server.port, input);
      const label = `seed ${seed}: ${JSON.stringify(line)}`;
      if (ours.error !== undefined) {
        expect(theirs, label).toEqual({ text: errorReply(ours.error), isClosed: true });
        return;
      }
      const args = ours.commands[0]!.slice(3);
      const writer = new FrameWriter();
      writer.array(args.length);
      for (const arg of args) writer.bulk(asciiBytes(arg), 0, arg.length);
      expect(theirs.text, label).toBe(textOf(writer.bytes, 0, writer.length));
    };
    for (let left = fuzzRuns(200); left > 0; left -= 50) {
      await Promise.all(Array.from({ length: Math.min(50, left) }, check));
    }
  });
});
