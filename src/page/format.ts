/** Numbers as people read them. Pure. */

const THIN = '\u202f';

/** Three figures, without zeros at the end. */
function short(value: number): string {
  const digits = value >= 100 || value === 0 ? 0 : value >= 10 ? 1 : 2;
  return String(Number(value.toFixed(digits)));
}

function scaled(value: number, units: readonly string[], step: number): string {
  let rest = value;
  let unit = 0;
  while (rest >= step && unit < units.length - 1) {
    rest /= step;
    unit++;
  }
  return `${short(rest)}${units[unit]}`;
}

/** `1.25 k`, `12 M`. */
export function formatCount(value: number): string {
  return scaled(value, ['', `${THIN}k`, `${THIN}M`, `${THIN}G`, `${THIN}T`], 1000);
}

/** Every figure, in groups of three. */
export function formatExact(value: number): string {
  return String(Math.round(value)).replace(/\B(?=(\d{3})+$)/g, THIN);
}

export function formatRate(value: number): string {
  return `${formatCount(value)}/s`;
}

export function formatBytes(value: number): string {
  return scaled(value, [`${THIN}B`, `${THIN}KiB`, `${THIN}MiB`, `${THIN}GiB`, `${THIN}TiB`], 1024);
}

export function formatMicroseconds(us: number | null): string {
  if (us === null) return '–';
  if (us < 1000) return `${short(us)}${THIN}µs`;
  return us < 1e6 ? `${short(us / 1000)}${THIN}ms` : `${short(us / 1e6)}${THIN}s`;
}

/** Never 0 % or 100 % for what is not quite that. */
export function formatShare(part: number, whole: number): string {
  if (whole <= 0) return '–';
  const percent = (part / whole) * 100;
  if (percent > 0 && percent < 0.001) return `<0.001${THIN}%`;
  if (percent < 100 && percent >= 99.999) return `>99.999${THIN}%`;
  const digits = percent === 0 || percent === 100 ? 0 : percent < 1 || percent > 99 ? 3 : 1;
  return `${Number(percent.toFixed(digits))}${THIN}%`;
}

export function formatDuration(seconds: number): string {
  if (seconds < 60) return `${short(seconds)}${THIN}s`;
  const units: readonly (readonly [string, number])[] = [
    ['d', 86_400],
    ['h', 3600],
    ['min', 60],
  ];
  const at = units.findIndex(([, size]) => seconds >= size);
  const [name, size] = units[at]!;
  const [nextName, nextSize] = units[at + 1] ?? ['s', 1];
  const rest = Math.floor((seconds % size) / nextSize);
  return `${Math.floor(seconds / size)}${THIN}${name}${rest > 0 ? ` ${rest}${THIN}${nextName}` : ''}`;
}

/** How many of something: `1 slot`, `3 slots`, `2 replies`. */
export function plural(count: number, one: string, several = `${one}s`): string {
  return `${formatExact(count)} ${count === 1 ? one : several}`;
}

/** Date and time here, `2026-11-27 03:02:36`. */
export function formatTime(time: string): string {
  const date = new Date(time);
  const two = (value: number): string => String(value).padStart(2, '0');
  const day = `${date.getFullYear()}-${two(date.getMonth() + 1)}-${two(date.getDate())}`;
  return `${day} ${formatClock(time)}`;
}

/** `03:02:36`. */
export function formatClock(time: string | number): string {
  return new Date(time).toTimeString().slice(0, 8);
}
