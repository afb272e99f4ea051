/** Log lines and what they must not say. */
import { expect, test } from 'vitest';
import { SecretHider } from '../../../src/telemetry/hide-secrets.ts';
import { createLogger, type Logger, type LogLevel } from '../../../src/telemetry/log.ts';

function capture(level: LogLevel): { logger: Logger; lines: Record<string, unknown>[] } {
  const lines: Record<string, unknown>[] = [];
  const stream = { write: (line: string) => void lines.push(JSON.parse(line) as Record<string, unknown>) };
  return { logger: createLogger({ level, pretty: false, stream }), lines };
}

test('lines are JSON with level, time and message', () => {
  const { logger, lines } = capture('info');
  logger.info('hello', { a: 1 });
  logger.debug('not shown');
  expect(lines).toEqual([
    { level: 'info', time: expect.stringMatching(/^\d{4}-/), pid: process.pid, a: 1, msg: 'hello' },
  ]);
});

test('the level can change', () => {
  const { logger, lines } = capture('warn');
  logger.info('no');
  logger.setLevel('debug');
  logger.debug('yes');
  expect(lines.map((line) => line.msg)).toEqual(['yes']);
});

test('an announcement is written at every level', () => {
  const { logger, lines } = capture('silent');
  logger.announce('ready', { listen: ['a:1'] });
  logger.error('no');
  expect(lines).toHaveLength(1);
  expect(lines[0]).toMatchObject({ msg: 'ready', listen: ['a:1'] });
});

test('so are last words, without secrets', () => {
  const { logger, lines } = capture('silent');
  logger.setSecrets(['hunter2']);
  logger.lastWords('a bug', { error: Object.assign(new Error('knows hunter2'), { detail: 'hunter2' }) });
  logger.fatal('no');
  expect(lines).toMatchObject([{ level: 'fatal', msg: 'a bug', error: { message: 'knows ***' } }]);
  expect(JSON.stringify(lines)).not.toContain('hunter2');
});

test('secrets are hidden wherever they stand', () => {
  const { logger, lines } = capture('info');
  const error = Object.assign(new Error('cannot reach redis://u:hunter2@h:1'), { code: 'ECONNREFUSED' });
  logger.error('at redis://:hunter2@h', {
    error,
    token: 'hunter2',
    nested: { Password: 'hunter2', list: ['rediss://a:hunter2@b:1/2', 5] },
  });
  expect(JSON.stringify(lines)).not.toContain('hunter2');
  expect(lines[0]).toMatchObject({ msg: 'at redis://:***@h', token: '***', error: { code: 'ECONNREFUSED' } });
});

test('hiding keeps what is no secret and ends in cycles', () => {
  const cycle: Record<string, unknown> = { token: null, url: 'redis://h:1', count: 3 };
  cycle.self = cycle;
  const shown = new SecretHider().value(cycle) as Record<string, unknown>;
  expect(shown).toMatchObject({ token: null, url: 'redis://h:1', count: 3 });
  expect(JSON.stringify(shown).length).toBeLessThan(1000);
});

test('lines that repeat themselves are counted rather than written, and the last lines are kept', () => {
  const { logger, lines } = capture('warn');
  for (let times = 0; times < 1000; times++) logger.error('the same', { reason: times });
  expect(lines.length).toBeLessThan(20);
  const written = lines.length;
  logger.flush();
  expect(lines).toHaveLength(written + 1);
  expect(lines[written]).toMatchObject({ level: 'error', msg: 'the same', repeated: 1000 - written });
  for (let line = 0; line < 500; line++) logger.fatal(`${line} ${'x'.repeat(10_000)}`);
  expect(logger.recent()).toHaveLength(200);
  expect(logger.recent().at(-1)).toContain('499 xxx');
  expect(Math.max(...logger.recent().map((line) => line.length))).toBeLessThanOrEqual(2000);
});

const SECRET = 'p@ss/w:rd"hunter2';

test.each([
  [`redis://user:${SECRET}@host:1/2 failed`],
  [`cannot use rediss://:${SECRET}@host`],
  ['Authorization: Bearer hunter2hunter2'],
  ['password=hunter2'],
  ['token: "hunter2"'],
  ['{"requirepass":"hunter2"}'],
  ['masterauth = hunter2,'],
  ['-----BEGIN PRIVATE KEY-----\nhunter2\n-----END PRIVATE KEY----- and more'],
  ['-----BEGIN RSA PRIVATE KEY-----\nhunter2'],
])('%s', (text) => {
  const { logger, lines } = capture('info');
  logger.error(text, { text, nested: [{ [text]: text }], error: new Error(text), cause: { cause: text } });
  expect(JSON.stringify(lines)).not.toContain('hunter2');
});

test.each(['password', 'adminToken', 'clientSecret', 'passphrase', 'credentials', 'Authorization', 'key'])(
  'a field called %s',
  (name) => {
    const { logger, lines } = capture('info');
    logger.info('a', { [name]: 'hunter2', deep: { [name]: { more: 'hunter2' } }, [`my${name}s`]: 'fine' });
    expect(JSON.stringify(lines)).not.toContain('hunter2');
  },
);

test('configured secrets are hidden wherever they stand, and bytes are not shown', () => {
  const { logger, lines } = capture('info');
  logger.setSecrets([SECRET, 'abc', 'hunter2']);
  logger.warn(`said ${SECRET} and hunter2`, {
    [SECRET]: `x${SECRET}y`,
    bytes: Buffer.from('hunter2'),
    count: 5,
  });
  expect(lines[0]).toMatchObject({ msg: 'said *** and ***', '***': 'x***y', bytes: '7 bytes', count: 5 });
  logger.setSecrets(['another']);
  logger.warn('abc another');
  expect(lines[1]).toMatchObject({ msg: 'abc ***' });
});
