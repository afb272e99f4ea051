/** The command line. */
import { expect, test } from 'vitest';
import { HELP, parseCommandLine } from '../../../src/config/arguments.ts';
import { formatSize, parseSize } from '../../../src/config/leaves.ts';
import { nearest } from '../../../src/config/suggest.ts';

const start = { command: 'start', file: undefined, overrides: {}, takesOver: false };

test.each([
  [[], start],
  [['start'], start],
  [['start', '--config', 'a.yaml'], { ...start, file: 'a.yaml' }],
  [['-c', 'a.yaml'], { ...start, file: 'a.yaml' }],
  [
    ['--listen=a:1', '--listen', 'b:2', '--workers', '3'],
    { ...start, overrides: { listen: ['a:1', 'b:2'], workers: '3' } },
  ],
  [
    ['start', '--admin', 'a:1', '--primary', 'redis://a', '--shadow', 'redis://b'],
    { ...start, overrides: { admin: 'a:1', primary: 'redis://a', shadow: 'redis://b' } },
  ],
  [['start', '--take-over'], { ...start, takesOver: true }],
  [['--take-over'], { ...start, takesOver: true }],
  [['check', '--config', 'a'], { command: 'check', file: 'a', overrides: {} }],
  [['--version'], { command: 'version' }],
  [['-v'], { command: 'version' }],
  [['help'], { command: 'help' }],
  [['start', '--help'], { command: 'help' }],
])('%j', (args, expected) => expect(parseCommandLine(args)).toEqual(expected));

test.each([
  [['--lisen', 'a'], 'unknown option --lisen: did you mean --listen?'],
  [['--frobnicate'], 'unknown option --frobnicate; see lockstep --help'],
  [['-x'], 'unknown option -x'],
  [['strat'], 'unknown command strat: did you mean start?'],
  [['start', 'now'], 'unexpected argument now'],
  [['--config'], 'option --config needs a value'],
  [['--config', '--listen', 'a'], 'option --config needs a value'],
  [['--config='], 'option --config needs a value'],
  [['--version=1'], 'option --version takes no value'],
  [['check'], 'check needs --config FILE'],
  [['check', '-c', 'a', '--take-over'], '--take-over belongs to start'],
  [['--take-over=1'], 'option --take-over takes no value'],
])('%j is refused', (args, message) => expect(() => parseCommandLine(args)).toThrow(message));

test('help names every option and fits a terminal', () => {
  for (const option of [
    '--config',
    '--listen',
    '--admin',
    '--workers',
    '--primary',
    '--shadow',
    '--take-over',
    '--version',
    '--help',
  ]) {
    expect(HELP).toContain(option);
  }
  expect(HELP.split('\n').filter((line) => line.length > 110)).toEqual([]);
});

test('suggestions are near', () => {
  expect(nearest('sampel', ['sample', 'queue'])).toBe('sample');
  expect(nearest('zzz', ['sample', 'queue'])).toBeUndefined();
  expect(nearest('MAXBYTES', ['maxBytes'])).toBe('maxBytes');
});

test('sizes', () => {
  expect(['1', '1b', '1k', '1kb', '2m', '2mb', '1g', '1gb', '1GiB'].map(parseSize)).toEqual([
    1, 1, 1000, 1024, 2_000_000, 2_097_152, 1_000_000_000, 1_073_741_824, 1_073_741_824,
  ]);
  expect(['', 'x', '1x', '-1', '1.5mb'].map(parseSize)).toEqual([
    Number.NaN,
    Number.NaN,
    Number.NaN,
    Number.NaN,
    Number.NaN,
  ]);
  for (const bytes of [0, 1, 1000, 1024, 268_435_456, 1_073_741_824])
    expect(parseSize(formatSize(bytes))).toBe(bytes);
});
