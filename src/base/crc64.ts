/** CRC-64 of the servers' dumps (polynomial of Jones, reflected). Cold: for administration. Any thread. */

const POLYNOMIAL = 0x95ac9329ac4bc9b5n;
const table = Array.from({ length: 256 }, (_, index) => {
  let value = BigInt(index);
  for (let bit = 0; bit < 8; bit++) value = (value & 1n) === 0n ? value >> 1n : (value >> 1n) ^ POLYNOMIAL;
  return value;
});

export function crc64(bytes: Uint8Array, start: number, end: number): bigint {
  let crc = 0n;
  for (let at = start; at < end; at++) crc = table[Number(crc & 0xffn) ^ bytes[at]] ^ (crc >> 8n);
  return crc;
}
