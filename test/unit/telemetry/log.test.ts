/** Log lines and what they must not say. */
import { expect, test } from 'vitest';
import { createLogger, hideSecrets, type Logger, type LogLevel } from '../../../src/telemetry/log.ts';

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
  const shown = hideSecrets(cycle) as Record<string, unknown>;
  expect(shown).toMatchObject({ token: null, url: 'redis://h:1', count: 3 });
  expect(JSON.stringify(shown).length).toBeLessThan(1000);
});
