/**
 * Hash slots: CRC16 (XMODEM) of a key, or of its hash tag, modulo 16384. Pure; any thread. Knows keys, not commands.
 */

export const SLOT_COUNT = 16384;

const OPEN_BRACE = 0x7b;
const CLOSE_BRACE = 0x7d;
const POLYNOMIAL = 0x1021;
/** What a byte contributes to the CRC, with none, one, two and three bytes behind it. */
const CRC_TABLE = makeTable();
const CRC_TABLE_1 = behind(CRC_TABLE);
const CRC_TABLE_2 = behind(CRC_TABLE_1);
const CRC_TABLE_3 = behind(CRC_TABLE_2);

/**
 * Slot of the key in `bytes[start, end)`. When the key has a `{` and, after it, a `}` with something in between, only
 * the bytes between the first `{` and the first `}` that follows count (valkey 8.0 `keyHashSlot`).
 */
export function keySlot(bytes: Uint8Array, start: number, end: number): number {
  for (let open = start; open < end; open += 1) {
    if (bytes[open] !== OPEN_BRACE) continue;
    let close = open + 1;
    while (close < end && bytes[close] !== CLOSE_BRACE) close += 1;
    if (close === end || close === open + 1) break;
    return crc16(bytes, open + 1, close) & (SLOT_COUNT - 1);
  }
  return crc16(bytes, start, end) & (SLOT_COUNT - 1);
}

/** CRC16 with polynomial 0x1021, initial value 0, nothing reflected. */
export function crc16(bytes: Uint8Array, start: number, end: number): number {
  let crc = 0;
  let index = start;
  // Four bytes are looked up at once: one by one, each would wait for the one before it (`bench/micro/operations.ts`).
  for (; index <= end - 4; index += 4) {
    const first = CRC_TABLE_3[(crc >>> 8) ^ bytes[index]] ^ CRC_TABLE_2[(crc & 0xff) ^ bytes[index + 1]];
    crc = first ^ CRC_TABLE_1[bytes[index + 2]] ^ CRC_TABLE[bytes[index + 3]];
  }
  for (; index < end; index += 1) {
    crc = ((crc << 8) & 0xffff) ^ CRC_TABLE[(crc >>> 8) ^ bytes[index]];
  }
  return crc;
}

function makeTable(): Uint16Array {
  const table = new Uint16Array(256);
  for (let byte = 0; byte < 256; byte += 1) {
    let crc = byte << 8;
    for (let bit = 0; bit < 8; bit += 1) crc = crc & 0x8000 ? (crc << 1) ^ POLYNOMIAL : crc << 1;
    table[byte] = crc;
  }
  return table;
}

/** The table of a byte that has one more byte behind it. */
function behind(table: Uint16Array): Uint16Array {
  return table.map((crc) => ((crc << 8) & 0xffff) ^ CRC_TABLE[crc >>> 8]);
}
