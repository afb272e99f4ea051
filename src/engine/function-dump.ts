/**
 * What FUNCTION DUMP writes and FUNCTION RESTORE reads: the texts of libraries as a file of the servers has them, its
 * version, and a checksum. Any thread. Cold: for administration. As valkey 8.0 `functions.c`, `rdb.c`.
 */
import { copyOf } from '../base/bytes.ts';
import type { CompatibilityName } from '../commands/compatibility.ts';
import { appendFooter, FOOTER_BYTES, payloadVersion } from '../commands/dump-payload.ts';
import { takesDump } from '../commands/dump-version.ts';
import { OPCODE_FUNCTION, OPCODE_OLD_FUNCTION, RdbProblem } from '../rdb/format.ts';
import { RdbSource, RdbText } from '../rdb/source.ts';
import { RdbWriter } from '../rdb/writer.ts';

export function dumpLibraries(codes: readonly Uint8Array[], level: CompatibilityName): Uint8Array {
  const out = new RdbWriter();
  for (const code of codes) {
    out.byte(OPCODE_FUNCTION);
    out.string(code, 0, code.length);
  }
  appendFooter(out, level);
  return copyOf(out.bytes, 0, out.length);
}

/** The texts, or why there are none (without ERR). */
export function readLibraries(payload: Buffer, level: CompatibilityName): Buffer[] | { refusal: string } {
  const version = payloadVersion(payload, 0, payload.length);
  if (version < 0 || !takesDump(level, version)) {
    return { refusal: 'DUMP payload version or checksum are wrong' };
  }
  const source = new RdbSource(payload, 0, payload.length - FOOTER_BYTES);
  const text = new RdbText();
  const codes: Buffer[] = [];
  try {
    while (source.left > 0) {
      const type = source.byte();
      if (type === OPCODE_OLD_FUNCTION) return { refusal: 'Pre-GA function format not supported' };
      if (type !== OPCODE_FUNCTION) return { refusal: 'given type is not a function' };
      source.string(text);
      codes.push(Buffer.from(copyOf(text.bytes, text.start, text.end)));
    }
  } catch (error) {
    if (!(error instanceof RdbProblem)) throw error;
    return { refusal: 'failed loading the given functions payload' };
  }
  return codes;
}
