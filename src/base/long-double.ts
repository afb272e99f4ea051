/**
 * The 80-bit `long double` that the servers calculate INCRBYFLOAT with, in whole numbers of any size: parsed as
 * `strtold`, rounded to 64 bits after each step, printed as `%.17Lf` without trailing zeros. Pure; allocates.
 */

/** mantissa * 2 ** exponent. The mantissa has at most 64 bits and a sign. */
export interface LongDouble {
  readonly mantissa: bigint;
  readonly exponent: number;
}

const MANTISSA_BITS = 64;
const LEAST_EXPONENT = -16_445;
/** The first power of two beyond the range. */
const RANGE_BITS = 16_384;
/** Decimal exponents beyond this are out of range whatever the digits are: there are fewer than 5120 of these. */
const FAR_EXPONENT = 12_000;
const MAX_TEXT = 5 * 1024;
const PRECISION = 17;
const ZERO: LongDouble = { mantissa: 0n, exponent: 0 };

const DECIMAL = /^([+-]?)(\d*)\.?(\d*)(?:e([+-]?\d+))?$/i;
const HEXADECIMAL = /^([+-]?)0x([0-9a-f]*)\.?([0-9a-f]*)(?:p([+-]?\d+))?$/i;
const INFINITE = /^([+-]?)inf(?:inity)?$/i;

/** As `string2ld` of the servers: undefined where it is no number, or one out of range; infinity as itself. */
export function parseLongDouble(text: string): LongDouble | number | undefined {
  if (text.length === 0 || text.length >= MAX_TEXT) return undefined;
  const infinite = INFINITE.exec(text);
  if (infinite !== null) return infinite[1] === '-' ? Number.NEGATIVE_INFINITY : Number.POSITIVE_INFINITY;
  const parts = HEXADECIMAL.exec(text) ?? DECIMAL.exec(text);
  if (parts === null) return undefined;
  const [, sign, whole, fraction, power = '0'] = parts;
  if (whole === '' && fraction === '') return undefined;
  const isHex = /x/i.test(text);
  const digits = BigInt(`${isHex ? '0x' : ''}${whole}${fraction}`);
  if (digits === 0n) return ZERO;
  const exponent = Number(power) - fraction.length * (isHex ? 4 : 1);
  const value = isHex ? scaledByTwo(digits, exponent) : scaledByTen(digits, exponent);
  if (value === undefined || value.mantissa === 0n) return undefined;
  return sign === '-' ? { mantissa: -value.mantissa, exponent: value.exponent } : value;
}

function scaledByTwo(digits: bigint, exponent: number): LongDouble | undefined {
  if (Math.abs(exponent) > 4 * FAR_EXPONENT) return undefined;
  return exponent >= 0 ? rounded(digits << BigInt(exponent), 1n) : rounded(digits, 1n << BigInt(-exponent));
}

function scaledByTen(digits: bigint, exponent: number): LongDouble | undefined {
  if (Math.abs(exponent) > FAR_EXPONENT) return undefined;
  return exponent >= 0
    ? rounded(digits * 10n ** BigInt(exponent), 1n)
    : rounded(digits, 10n ** BigInt(-exponent));
}

/** The sum, rounded; undefined beyond the range. */
export function addLongDoubles(left: LongDouble, right: LongDouble): LongDouble | undefined {
  const exponent = Math.min(left.exponent, right.exponent);
  const sum =
    (left.mantissa << BigInt(left.exponent - exponent)) +
    (right.mantissa << BigInt(right.exponent - exponent));
  if (sum === 0n) return ZERO;
  const size = sum < 0n ? -sum : sum;
  const value =
    exponent >= 0 ? rounded(size << BigInt(exponent), 1n) : rounded(size, 1n << BigInt(-exponent));
  if (value === undefined) return undefined;
  return sum < 0n ? { mantissa: -value.mantissa, exponent: value.exponent } : value;
}

/** above / below to the nearest, ties to even. Both are positive. */
function rounded(above: bigint, below: bigint): LongDouble | undefined {
  let exponent = bitLength(above) - bitLength(below) - MANTISSA_BITS;
  // The quotient has 64 or 65 bits: with 65, one less is wanted.
  if (quotient(above, below, exponent) >> BigInt(MANTISSA_BITS) !== 0n) exponent += 1;
  exponent = Math.max(exponent, LEAST_EXPONENT);
  const divisor = exponent >= 0 ? below << BigInt(exponent) : below;
  const dividend = exponent >= 0 ? above : above << BigInt(-exponent);
  const mantissa = nearest(dividend, divisor);
  if (bitLength(mantissa) + exponent > RANGE_BITS) return undefined;
  return { mantissa, exponent };
}

function quotient(above: bigint, below: bigint, exponent: number): bigint {
  return exponent >= 0 ? above / (below << BigInt(exponent)) : (above << BigInt(-exponent)) / below;
}

function nearest(dividend: bigint, divisor: bigint): bigint {
  const whole = dividend / divisor;
  const twice = 2n * (dividend - whole * divisor);
  const isUp = twice > divisor || (twice === divisor && (whole & 1n) === 1n);
  return isUp ? whole + 1n : whole;
}

function bitLength(value: bigint): number {
  const hex = value.toString(16);
  return 4 * (hex.length - 1) + (32 - Math.clz32(Number.parseInt(hex[0], 16)));
}

/** As the servers show it: at most 17 digits behind the point, no zeros at the end, no exponent. */
export function longDoubleText({ mantissa, exponent }: LongDouble): string {
  const size = mantissa < 0n ? -mantissa : mantissa;
  const scaled = size * 10n ** BigInt(PRECISION);
  const units = exponent >= 0 ? scaled << BigInt(exponent) : nearest(scaled, 1n << BigInt(-exponent));
  const digits = String(units).padStart(PRECISION + 1, '0');
  const fraction = digits.slice(-PRECISION).replace(/0+$/, '');
  const text = digits.slice(0, -PRECISION) + (fraction === '' ? '' : `.${fraction}`);
  return mantissa < 0n && text !== '0' ? `-${text}` : text;
}
