/** Builds a command as the scanner hands it over, with other bytes around the arguments. */
import type { CommandView } from '../../../src/commands/definition.ts';

export function viewOf(...args: readonly (string | Uint8Array)[]): CommandView {
  const chunks = args.map((argument) => Buffer.from(argument));
  const spans = new Int32Array(2 * args.length + 4);
  const parts: Buffer[] = [Buffer.from(`*${args.length}\r\n`)];
  let at = parts[0].length;
  chunks.forEach((chunk, index) => {
    const header = Buffer.from(`$${chunk.length}\r\n`);
    spans[2 * index] = at + header.length;
    spans[2 * index + 1] = spans[2 * index] + chunk.length;
    parts.push(header, chunk, Buffer.from('\r\n'));
    at = spans[2 * index + 1] + 2;
  });
  return { bytes: new Uint8Array(Buffer.concat(parts)), spans, count: args.length };
}
