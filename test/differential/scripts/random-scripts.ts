/** Random scripts and values, from a seed: values to return, texts to decode, formats, expressions. Pure. */
import type { Random } from '../../../src/base/random.ts';
import type { ScriptCase } from './script-pair.ts';

const numbers = [
  ...[
    '0',
    '-0',
    '1',
    '-1',
    '0.5',
    '1e15',
    '1e14',
    '2^31',
    '2^32',
    '2^53',
    '-2^53',
    '2^62',
    '2^63',
    '-2^63',
    '1e100',
  ],
  ...['1/3', '0.1', '1e-7', '123456789012', '1700000000000', '3.7', '-3.7', '255', '65536', '1/0', '-1/0'],
];

function number(random: Random): string {
  const kind = random.integer(4);
  if (kind === 0) return random.pick(numbers);
  if (kind === 1) return String(random.integer(1000) - 500);
  if (kind === 2) return `${random.integer(2 ** 31)}*2^${random.integer(80) - 40}`;
  return `${(random.next() * 10 ** random.integer(20)).toString()}`;
}

/** Bytes as a Lua text: escapes for what is not plain. */
function text(random: Random, longest: number): string {
  const length = random.integer(longest + 1);
  let literal = "'";
  for (let index = 0; index < length; index++) {
    const byte = random.integer(3) === 0 ? random.integer(256) : 0x20 + random.integer(95);
    const isPlain = byte >= 0x20 && byte < 0x7f && byte !== 0x27 && byte !== 0x5c;
    literal += isPlain ? String.fromCharCode(byte) : `\\${String(byte).padStart(3, '0')}`;
  }
  return `${literal}'`;
}

function list(random: Random, depth: number): string {
  const items = Array.from({ length: random.integer(6) }, () => value(random, depth - 1));
  return `{${items.join(',')}}`;
}

/** A table with one field: the order of several is another question. */
function record(random: Random, depth: number): string {
  const names = ['err', 'ok', 'double', 'big_number', 'map', 'set', 'verbatim_string', 'format', 'a'];
  return `{[${random.integer(4) === 0 ? number(random) : `'${random.pick(names)}'`}]=${value(random, depth - 1)}}`;
}

function marked(random: Random, depth: number): string {
  const kinds = [
    () => `{err=${text(random, 20).replaceAll('\\010', ' ').replaceAll('\\013', ' ')}}`,
    () => `{ok=${text(random, 20)}}`,
    () => `{double=${number(random)}}`,
    () => `{big_number='${random.integer(2 ** 31)}${random.integer(2 ** 31)}'}`,
    () => `{verbatim_string={format=${text(random, 5)},string=${text(random, 20)}}}`,
    () => `{map={[${value(random, 0)} or 1]=${value(random, depth - 1)}}}`,
    () => `{set={[${value(random, 0)} or 1]=true}}`,
  ];
  return random.pick(kinds)();
}

/** A Lua expression. */
export function value(random: Random, depth: number): string {
  const kind = random.integer(depth > 0 ? 9 : 5);
  if (kind === 0) return number(random);
  if (kind <= 2) return text(random, 40);
  if (kind === 3) return random.pick(['true', 'false', 'nil']);
  if (kind === 4) return String(random.integer(100));
  if (kind <= 6) return list(random, depth);
  if (kind === 7) return record(random, depth);
  return marked(random, depth);
}

function jsonText(random: Random): string {
  const pieces = [
    ...[
      '{',
      '}',
      '[',
      ']',
      ',',
      ':',
      '"a"',
      '"b\\\\n"',
      '1',
      '-1.5',
      '1e3',
      'true',
      'false',
      'null',
      ' ',
      '"\\\\u00e9"',
    ],
    ...[
      '0x1f',
      'nan',
      '-inf',
      '"',
      '\\\\',
      '"x":',
      '[1,2]',
      '{"k":1}',
      '12345678901234567890',
      '1.',
      '\\0',
      '+',
      '-',
    ],
  ];
  const length = 1 + random.integer(8);
  return `'${Array.from({ length }, () => random.pick(pieces)).join('')}'`;
}

const formats = ['d', 'i', 'u', 'x', 'X', 'o', 'c', 'e', 'f', 'g', 's', 'q'];

function formatCall(random: Random): string {
  const flags = Array.from({ length: random.integer(3) }, () => random.pick(['-', '+', ' ', '#', '0'])).join(
    '',
  );
  const width = random.integer(2) === 0 ? '' : String(random.integer(40));
  const precision = random.integer(2) === 0 ? '' : `.${random.integer(25)}`;
  const letter = random.pick(formats);
  return `string.format('[%${flags}${width}${precision}${letter}]',${number(random)})`;
}

function packFormat(random: Random): string {
  const options = [
    'b',
    'B',
    'h',
    'H',
    'l',
    'L',
    'T',
    'i',
    'I',
    'i3',
    'I5',
    'f',
    'd',
    '>',
    '<',
    '!4',
    '!',
    ' ',
    'i16',
  ];
  return Array.from({ length: 1 + random.integer(6) }, () => random.pick(options)).join('');
}

/** As `value`, without tables of two names: their order is not the same on every server. */
function ordered(random: Random, depth: number): string {
  return value(random, depth).replaceAll('{format=', '{string=');
}

const show =
  'local function s(v) if type(v)=="table" then return cjson.encode(v) end return type(v)..tostring(v) end ';

/** One script of a random kind. */
export function randomScript(random: Random): ScriptCase {
  const resp = random.integer(2) === 0 ? '' : 'redis.setresp(3) ';
  switch (random.integer(9)) {
    case 0:
    case 1:
      return { script: `${resp}return ${value(random, 4)}` };
    case 2:
      return { script: `local ok,v=pcall(cjson.encode,${ordered(random, 4)}) return v` };
    case 3:
      return { script: `${show}local ok,v=pcall(cjson.decode,${jsonText(random)}) return s(v)` };
    case 4:
      return { script: `return cmsgpack.pack(${ordered(random, 4)},${ordered(random, 2)})` };
    case 5:
      return { script: `${show}local r={pcall(cmsgpack.unpack,${text(random, 12)})} return s(r[2])` };
    case 6:
      return { script: `return ${formatCall(random)}..tostring(${number(random)})` };
    case 7: {
      const format = packFormat(random);
      const values = Array.from({ length: 8 }, () => number(random)).join(',');
      const pack = `local p=struct.pack('${format}',${values}) `;
      const unpack = `local r={struct.unpack('${format}',p)} for i=1,#r do r[i]=tostring(r[i]) end `;
      return { script: `${pack}${unpack}return {p,r}` };
    }
    default:
      return { script: `${resp}return redis.call('echo',${number(random)})` };
  }
}
