/**
 * Doubles as text, digit for digit as the servers print them: C's `%.*g`, and the shortest digits of Redis 7.2 and
 * Valkey 8. Any thread. Allocates. Must not know RESP.
 */

/** As C's `%.<precision>g` with a correctly rounding library; `precision` from 1 to 99. */
export function generalText(value: number, precision: number): string {
  if (!Number.isFinite(value)) return specialText(value);
  if (value === 0) return Object.is(value, -0) ? '-0' : '0';
  const { digits, exponent } = roundedDigits(Math.abs(value), precision);
  const sign = value < 0 ? '-' : '';
  const kept = digits.replace(/0+$/, '');
  if (exponent < -4 || exponent >= precision) {
    const size = String(Math.abs(exponent)).padStart(2, '0');
    return `${sign}${withPoint(kept, 1)}e${exponent < 0 ? '-' : '+'}${size}`;
  }
  if (exponent < 0) return `${sign}0.${'0'.repeat(-exponent - 1)}${kept}`;
  return sign + withPoint(kept.padEnd(exponent + 1, '0'), exponent + 1);
}

function specialText(value: number): string {
  if (Number.isNaN(value)) return 'nan';
  return value > 0 ? 'inf' : '-inf';
}

function withPoint(digits: string, place: number): string {
  return digits.length > place ? `${digits.slice(0, place)}.${digits.slice(place)}` : digits;
}

interface Digits {
  /** Without a point; the first is not 0. */
  readonly digits: string;
  /** Of the first digit, as a power of ten. */
  readonly exponent: number;
}

function parseDigits(text: string): Digits {
  const [mantissa, exponent] = text.split('e') as [string, string];
  return { digits: mantissa.replace('.', ''), exponent: Number(exponent) };
}

/** JavaScript rounds a tie up, C to the even digit. */
function roundedDigits(value: number, precision: number): Digits {
  const rounded = parseDigits(value.toExponential(precision - 1));
  const further = parseDigits(value.toExponential(Math.min(100, precision)));
  if (!further.digits.endsWith('5')) return rounded;
  // Digits beyond the hundredth cannot make a difference that the ones before do not show.
  const all = parseDigits(value.toExponential(100)).digits;
  const isTie = all[precision] === '5' && /^0*$/.test(all.slice(precision + 1));
  if (!isTie || Number(all[precision - 1]) % 2 === 1) return rounded;
  return { digits: all.slice(0, precision), exponent: further.exponent };
}

/** Grisu2 finds a shortest text unless it is nearly as far from the value as it may be: this part of the way. */
const SURE_PART = 0.9;
const SURE_DIGITS = 15;
const MOST_DIGITS_BEFORE_EXPONENT = 18;

/**
 * The servers' text of a double in replies and arguments since Redis 7.2 and Valkey 8: the shortest digits that lead
 * back to the value, found by Grisu2 (which in rare cases gives one more than needed), in that library's notation.
 */
export function shortestText(value: number): string {
  if (!Number.isFinite(value)) return specialText(value);
  if (value === 0) return Object.is(value, -0) ? '-0' : '0';
  const size = Math.abs(value);
  let found = parseDigits(size.toExponential());
  if (!isSurelyFound(size, found)) found = grisu2(size);
  return (value < 0 ? '-' : '') + notation(found, value < 0);
}

/** Whether Grisu2, which is slow here, would find the same digits: decided with room for the error of doubles. */
function isSurelyFound(size: number, found: Digits): boolean {
  if (Number.isSafeInteger(size)) return true;
  if (found.digits.length > SURE_DIGITS) return false;
  const exact = parseDigits(size.toExponential(16));
  if (exact.exponent !== found.exponent) return false;
  const digits = found.digits.padEnd(17, '0');
  const high = Number(exact.digits.slice(0, 8)) - Number(digits.slice(0, 8));
  const low = Number(exact.digits.slice(8)) - Number(digits.slice(8));
  // Half the distance to the next double, in units of the last of 17 digits; a power of two has a nearer one below.
  const half = (size - nextBelow(size)) / 2 / 10 ** (found.exponent - 16);
  return Math.abs(high * 1e9 + low) + 1 < half * SURE_PART;
}

const doubles = new Float64Array(1);
const words = new BigUint64Array(doubles.buffer);

/** The next smaller double of one that is above 0. */
function nextBelow(size: number): number {
  doubles[0] = size;
  words[0] = (words[0] as bigint) - 1n;
  return doubles[0];
}

function notation({ digits, exponent }: Digits, isNegative: boolean): string {
  const count = digits.length;
  const scale = exponent - count + 1;
  if (scale >= 0 && Math.abs(exponent) < count + 7) return digits + '0'.repeat(scale);
  if (scale < 0 && (scale > -7 || Math.abs(exponent) < 4)) {
    return exponent < 0 ? `0.${'0'.repeat(-exponent - 1)}${digits}` : withPoint(digits, exponent + 1);
  }
  const kept = digits.slice(0, MOST_DIGITS_BEFORE_EXPONENT - (isNegative ? 1 : 0));
  return `${withPoint(kept, 1)}e${exponent < 0 ? '-' : '+'}${Math.abs(exponent)}`;
}

// Grisu2, by Florian Loitsch's paper, with the table of powers and the rounding of the servers' library.

/** `fraction * 2 ** exponent`, the fraction having 64 bits. */
interface Extended {
  readonly fraction: bigint;
  readonly exponent: number;
}

const WORD = 64n;
const FIRST_POWER = -348;
const POWER_STEP = 8;
const POWER_COUNT = 87;
const LEAST_EXPONENT = -60;
const MOST_EXPONENT = -32;
const LOG10_OF_2 = 0.30102999566398114;
const HIDDEN_BIT = 1n << 52n;
const EXPONENT_BIAS = 1075;

let powers: readonly Extended[] | undefined;

function bitLength(value: bigint): number {
  return value.toString(2).length;
}

/** 10 ** power, rounded to 64 bits. */
function powerOfTen(power: number): Extended {
  const size = 10n ** BigInt(Math.abs(power));
  const spare = 64 + bitLength(size);
  const numerator = power >= 0 ? size << BigInt(spare) : (1n << BigInt(2 * spare)) / size;
  const exponent = power >= 0 ? -spare : -2 * spare;
  const shift = bitLength(numerator) - 64;
  const rounded = (numerator + (1n << BigInt(shift - 1))) >> BigInt(shift);
  return { fraction: rounded, exponent: exponent + shift };
}

function cachedPower(exponent: number): Extended & { readonly power: number } {
  powers ??= Array.from({ length: POWER_COUNT }, (_, index) => powerOfTen(FIRST_POWER + index * POWER_STEP));
  const near = Math.trunc(-(exponent + POWER_COUNT) * LOG10_OF_2);
  let index = Math.trunc((near - FIRST_POWER) / POWER_STEP);
  for (;;) {
    const { fraction, exponent: own } = powers[index] as Extended;
    const sum = exponent + own + 64;
    if (sum < LEAST_EXPONENT) index++;
    else if (sum > MOST_EXPONENT) index--;
    else return { fraction, exponent: own, power: FIRST_POWER + index * POWER_STEP };
  }
}

/** The high word of the product, rounded as the library rounds it. */
function multiply(left: bigint, right: bigint): bigint {
  return (left * right + (1n << (WORD - 1n))) >> WORD;
}

function grisu2(value: number): Digits {
  doubles[0] = value;
  const bits = words[0] as bigint;
  const biased = Number(bits >> 52n);
  const mantissa = (bits & (HIDDEN_BIT - 1n)) + (biased > 0 ? HIDDEN_BIT : 0n);
  const exponent = (biased > 0 ? biased : 1) - EXPONENT_BIAS;
  // The bounds half way to the neighbours, with as many bits as fit.
  const shift = BigInt(63 - bitLength(mantissa));
  const upper = ((mantissa << 1n) + 1n) << shift;
  const common = exponent - 1 - Number(shift);
  const lower =
    mantissa === HIDDEN_BIT ? ((mantissa << 2n) - 1n) << (shift - 1n) : ((mantissa << 1n) - 1n) << shift;
  const middle = mantissa << (shift + 1n);
  const cached = cachedPower(common);
  const top = multiply(upper, cached.fraction) - 1n;
  const bottom = multiply(lower, cached.fraction) + 1n;
  const centre = multiply(middle, cached.fraction);
  return generateDigits(top, bottom, centre, -(common + cached.exponent + 64), -cached.power);
}

function generateDigits(
  top: bigint,
  bottom: bigint,
  centre: bigint,
  pointBits: number,
  power: number,
): Digits {
  const point = BigInt(pointBits);
  const one = 1n << point;
  const delta = top - bottom;
  const distance = top - centre;
  let whole = top >> point;
  let part = top & (one - 1n);
  const digits: number[] = [];
  for (let kappa = 9; kappa >= 0; kappa--) {
    const unit = 10n ** BigInt(kappa);
    const digit = Number(whole / unit);
    if (digit > 0 || digits.length > 0) digits.push(digit);
    whole %= unit;
    const rest = (whole << point) + part;
    if (rest <= delta) return weed(digits, delta, rest, unit << point, distance, power + kappa);
  }
  for (let kappa = -1, unit = 10n; ; kappa--, unit *= 10n) {
    part *= 10n;
    const digit = Number(part >> point);
    if (digit > 0 || digits.length > 0) digits.push(digit);
    part &= one - 1n;
    if (part < delta * unit) {
      return weed(digits, delta * unit, part, one, distance * unit, power + kappa);
    }
  }
}

/** Brings the last digit as near to the value as the bounds allow. */
function weed(
  digits: number[],
  delta: bigint,
  start: bigint,
  unit: bigint,
  distance: bigint,
  scale: number,
): Digits {
  let rest = start;
  while (
    rest < distance &&
    delta - rest >= unit &&
    (rest + unit < distance || distance - rest > rest + unit - distance)
  ) {
    digits[digits.length - 1] = (digits[digits.length - 1] as number) - 1;
    rest += unit;
  }
  return { digits: digits.join(''), exponent: scale + digits.length - 1 };
}
