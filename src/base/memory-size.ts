/** Sizes as the servers' settings take them: `100mb`, `1k`, a number of bytes. Any thread. */

const UNITS: Readonly<Record<string, number>> = {
  '': 1,
  b: 1,
  k: 1000,
  kb: 1024,
  m: 1000 * 1000,
  mb: 1024 * 1024,
  g: 1000 * 1000 * 1000,
  gb: 1024 * 1024 * 1024,
};

/** As valkey 8.0 `memtoull`, a sign allowed; undefined where it is no size. */
export function memoryBytes(text: string): number | undefined {
  const parts = /^(-?\d{1,20})([a-z]*)$/i.exec(text);
  const unit = parts === null ? undefined : UNITS[parts[2].toLowerCase()];
  return parts === null || unit === undefined ? undefined : Number(parts[1]) * unit;
}
