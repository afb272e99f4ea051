/** PFSELFTEST, to its end: it runs in slices, and other clients are served between them. */
import { expect, it } from 'vitest';
import { makeEngine } from './in-process-engine.ts';

it('HyperLogLogs pass the servers\u2019 own test', { timeout: 300_000 }, () => {
  const { engine, client: connect } = makeEngine();
  const tester = connect();
  const other = connect();
  expect(tester.line('PFSELFTEST')).toBe('');
  expect(other.line('PING')).toBe('+PONG\r\n');
  while (engine.isBusy) engine.runLater();
  expect(tester.pushed).toBe('+OK\r\n');
});
