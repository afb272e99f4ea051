/**
 * A process of its own, because it uses up all descriptors: the listener must neither spin nor stay deaf afterwards.
 * Argument: the kind of transport. Prints 'served again' and exits with 0.
 */
import { spawnSync } from 'node:child_process';
import { closeSync, openSync } from 'node:fs';
import { connect } from 'node:net';
import { createTransport } from '../../../src/transport/create.ts';
import type { ConnectionHandler } from '../../../src/transport/transport.ts';

const limit = spawnSync('prlimit', ['--pid', String(process.pid), '--nofile=200:200']);
if (limit.status !== 0) throw new Error(`prlimit: ${limit.stderr}`);

const transport = createTransport(process.argv[2] === 'node' ? 'node' : 'native');
let batches = 0;
let accepted = 0;
transport.onBatchEnd(() => batches++);
const word = Buffer.from('hello');
const handler: ConnectionHandler = {
  connected: () => {},
  data: () => {},
  ended: (connection) => transport.shutdown(connection),
  drained: () => {},
  closed: () => {},
};
const { address } = await transport.listen(
  { address: { kind: 'tcp', host: '127.0.0.1', port: 0 }, backlog: 64, reusePort: false },
  (connection) => {
    accepted++;
    transport.write(connection, word, 0, word.length);
    return handler;
  },
);
if (address.kind !== 'tcp') throw new Error('no port');

// Node.js opens a spare descriptor with its first socket: that must have happened before they are counted.
const first = connect(address.port, '127.0.0.1');
await new Promise((resolve) => first.once('data', resolve));
accepted = 0;

const taken: number[] = [];
for (;;) {
  try {
    taken.push(openSync('/dev/null', 'r'));
  } catch {
    break;
  }
}
// One descriptor is left for the client, none for the other end of its connection.
closeSync(taken.pop() as number);
const client = connect(address.port, '127.0.0.1');
const greeting = new Promise<string>((resolve) => {
  client.once('data', (chunk) => resolve(chunk.toString()));
  // The node transport's event loop sheds connections it has no descriptor for.
  client.once('close', () => resolve('shed'));
  client.once('error', () => resolve('shed'));
});
await new Promise((resolve) => client.once('connect', resolve));
for (let turn = 0; turn < 200; turn++) await new Promise((resolve) => setTimeout(resolve, 0));
// The wait takes a second attempt at most, so a few batches are fine.
if (batches > 20) throw new Error(`spins: ${batches} batches`);
if (process.argv[2] !== 'node' && accepted !== 0) throw new Error('accepted without a descriptor');
for (const descriptor of taken) closeSync(descriptor);

const text = await greeting;
if (text !== 'hello' && process.argv[2] !== 'node') throw new Error(`got ${text}`);
const second = connect(address.port, '127.0.0.1');
const again = await new Promise<string>((resolve) =>
  second.once('data', (chunk) => resolve(chunk.toString())),
);
console.log(again === 'hello' ? 'served again' : again);
first.destroy();
client.destroy();
second.destroy();
transport.destroy();
