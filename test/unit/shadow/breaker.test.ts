import { describe, expect, test } from 'vitest';
import { Breaker } from '../../../src/shadow/breaker.ts';

const settings = { failures: 3, openMs: 1000 };

describe('Breaker', () => {
  test('opens after consecutive failures only', () => {
    const breaker = new Breaker(settings);
    breaker.failure(0);
    breaker.failure(1);
    breaker.success();
    breaker.failure(2);
    breaker.failure(3);
    expect(breaker.allows()).toBe(true);
    breaker.failure(4);
    expect(breaker.state).toBe('open');
    expect(breaker.allows()).toBe(false);
  });

  test('lets one probe through per waiting time, and closes when it succeeds', () => {
    const breaker = new Breaker(settings);
    expect(breaker.mayProbe(0)).toBe(false);
    breaker.trip(0);
    expect(breaker.mayProbe(999)).toBe(false);
    expect(breaker.mayProbe(1000)).toBe(true);
    expect(breaker.state).toBe('half-open');
    expect(breaker.allows()).toBe(false);
    expect(breaker.mayProbe(1001)).toBe(false);
    expect(breaker.mayProbe(2000)).toBe(true);
    breaker.success();
    expect(breaker.state).toBe('closed');
    expect(breaker.allows()).toBe(true);
  });

  test('waits again when the probe fails', () => {
    const breaker = new Breaker(settings);
    breaker.trip(0);
    expect(breaker.mayProbe(1000)).toBe(true);
    breaker.failure(1500);
    expect(breaker.state).toBe('open');
    expect(breaker.mayProbe(2499)).toBe(false);
    expect(breaker.mayProbe(2500)).toBe(true);
  });

  test('ignores what arrives late while open', () => {
    const breaker = new Breaker(settings);
    breaker.trip(0);
    breaker.success();
    expect(breaker.state).toBe('open');
    breaker.failure(900);
    expect(breaker.mayProbe(1000)).toBe(true);
  });

  test('counts failures from zero after it closed', () => {
    const breaker = new Breaker(settings);
    breaker.trip(0);
    breaker.mayProbe(1000);
    breaker.success();
    breaker.failure(1001);
    breaker.failure(1002);
    expect(breaker.state).toBe('closed');
  });

  test('takes new settings where it stands', () => {
    const breaker = new Breaker(settings);
    breaker.failure(0);
    breaker.reconfigure({ failures: 2, openMs: 50 });
    breaker.failure(1);
    expect(breaker.state).toBe('open');
    expect(breaker.mayProbe(51)).toBe(true);
  });
});
