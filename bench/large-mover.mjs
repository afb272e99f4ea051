/** Writes, reads and deletes one long value for ever: `node bench/large-mover.mjs PORT BYTES`. A process of its own. */
import * as net from 'node:net';

const [port, size] = process.argv.slice(2).map(Number);
const chunk = Buffer.alloc(1024 * 1024, 'chunk of a large value ');
const KEY = '$11\r\nlarge:value\r\n';
const socket = net.connect(port, '127.0.0.1');
let received = 0;
let wanted = 0;
let arrived = () => {};

socket.on('data', (bytes) => {
  received += bytes.length;
  if (received >= wanted) arrived();
});

/** Waits for so many bytes of replies. */
function replies(bytes) {
  return new Promise((resolve) => {
    wanted = bytes;
    arrived = () => {
      received -= bytes;
      resolve();
    };
    if (received >= wanted) arrived();
  });
}

for (;;) {
  socket.write(`*3\r\n$3\r\nSET\r\n${KEY}$${size}\r\n`);
  for (let left = size; left > 0; left -= chunk.length) {
    const piece = left < chunk.length ? chunk.subarray(0, left) : chunk;
    if (!socket.write(piece)) await new Promise((resolve) => socket.once('drain', resolve));
  }
  socket.write('\r\n');
  await replies('+OK\r\n'.length);
  socket.write(`*2\r\n$3\r\nGET\r\n${KEY}`);
  await replies(`$${size}\r\n\r\n`.length + size);
  socket.write(`*2\r\n$6\r\nUNLINK\r\n${KEY}`);
  await replies(':1\r\n'.length);
  console.log('passed');
}
