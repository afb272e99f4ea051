/**
 * Run inside a network namespace of its own, where 192.0.2.1 is an address of this machine: starts the gateway on all
 * addresses with the configuration file that is given, asks it PING from there and from loopback, and prints the first
 * line of each answer as JSON.
 */
import { spawn } from 'node:child_process';
import * as net from 'node:net';
import * as readline from 'node:readline';

const [mainFile, configFile, sent = 'PING'] = process.argv.slice(2);
const gateway = spawn(process.execPath, [mainFile, 'start', '--config', configFile], {
  stdio: ['ignore', 'pipe', 'inherit'],
});

function firstLine(host: string, port: number): Promise<string> {
  return new Promise((resolve, reject) => {
    const socket = net.connect({ host, port, localAddress: host }, () => socket.write(`${sent}\r\n`));
    let text = '';
    socket.on('data', (chunk) => {
      text += chunk.toString();
      if (!text.includes('\r\n')) return;
      socket.destroy();
      resolve(text.slice(0, text.indexOf('\r\n')));
    });
    socket.on('error', reject);
  });
}

function readyPort(): Promise<number> {
  return new Promise((resolve) => {
    readline.createInterface({ input: gateway.stdout }).on('line', (line) => {
      const { msg, listen } = JSON.parse(line) as { msg: string; listen: string[] };
      if (msg === 'ready') resolve(Number(listen[0].slice(listen[0].lastIndexOf(':') + 1)));
    });
  });
}

/** The primary may not have been asked yet whether it wants a login. */
async function settled(port: number): Promise<void> {
  while ((await firstLine('127.0.0.1', port)).startsWith('-ERR lockstep')) {
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

const port = await readyPort();
await settled(port);
const local = await firstLine('127.0.0.1', port);
let foreign = await firstLine('192.0.2.1', port);
// What is protected until more is known may be open a moment later, never the other way round.
for (let look = 0; look < 50 && process.argv[5] === 'open' && foreign.startsWith('-DENIED'); look++) {
  await new Promise((resolve) => setTimeout(resolve, 50));
  foreign = await firstLine('192.0.2.1', port);
}
process.stdout.write(`${JSON.stringify({ local, foreign })}\n`);
gateway.kill('SIGTERM');
