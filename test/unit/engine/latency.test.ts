/** LATENCY: what counts as an event, which are kept, and what is told of them. */
import { describe, expect, it } from 'vitest';
import {
  LATENCY_COMMAND,
  LATENCY_EVICTION_CYCLE,
  LATENCY_EVICTION_DELETE,
  LATENCY_EXPIRE_CYCLE,
  LATENCY_FAST_COMMAND,
} from '../../../src/engine/latency-events.ts';
import { makeEngine, type TestEngineOptions } from './in-process-engine.ts';

const START = 1_700_000_000;

function monitored(options: TestEngineOptions = {}) {
  const test = makeEngine(options);
  const client = test.client();
  client.line('CONFIG SET latency-monitor-threshold 10');
  const at = (seconds: number, kind: number, milliseconds: number): void => {
    test.clock.nowMs = (START + seconds) * 1000;
    test.engine.watch.event(kind, milliseconds);
  };
  return { ...test, client, at };
}

describe('events', () => {
  it('are those that reach the threshold, the worst of each second', () => {
    const { client, at } = monitored();
    at(0, LATENCY_EXPIRE_CYCLE, 9.99);
    expect(client.line('LATENCY LATEST')).toBe('*0\r\n');
    at(1, LATENCY_EXPIRE_CYCLE, 10.2);
    at(1.5, LATENCY_EXPIRE_CYCLE, 30);
    at(1.9, LATENCY_EXPIRE_CYCLE, 20);
    at(3, LATENCY_EXPIRE_CYCLE, 12);
    expect(client.line('LATENCY HISTORY expire-cycle')).toBe(
      `*2\r\n*2\r\n:${START + 1}\r\n:30\r\n*2\r\n:${START + 3}\r\n:12\r\n`,
    );
    expect(client.line('LATENCY HISTORY command')).toBe('*0\r\n');
    client.line('CONFIG SET latency-monitor-threshold 0');
    at(5, LATENCY_EXPIRE_CYCLE, 1000);
    expect(client.line('LATENCY LATEST')).toContain(`:${START + 3}\r\n:12\r\n:30\r\n`);
  });

  it('are named as the servers name them, and told in as many figures as there', () => {
    const names = ['command', 'fast-command', 'expire-cycle', 'eviction-cycle', 'eviction-del'];
    const kinds = [
      ...[LATENCY_COMMAND, LATENCY_FAST_COMMAND, LATENCY_EXPIRE_CYCLE],
      ...[LATENCY_EVICTION_CYCLE, LATENCY_EVICTION_DELETE],
    ];
    for (const compatibility of ['valkey-9', 'valkey-8', 'redis-8', 'redis-7.2'] as const) {
      const { client, at } = monitored({ compatibility });
      for (const kind of kinds) at(1, kind, 50);
      const sums = compatibility === 'valkey-9' ? ':50\r\n:1\r\n' : '';
      const events = names.map(
        (name) =>
          `*${sums === '' ? 4 : 6}\r\n$${name.length}\r\n${name}\r\n:${START + 1}\r\n:50\r\n:50\r\n${sums}`,
      );
      expect(client.line('LATENCY LATEST')).toBe(`*5\r\n${events.join('')}`);
      const report = client.line('LATENCY DOCTOR');
      for (const [index, name] of names.entries())
        expect(report).toContain(`${index + 1}. ${name}: 1 latency spikes`);
      expect(client.line('LATENCY GRAPH expire-cycle')).toMatch(/\r\nexpire-cycle - high 50 ms, low 50 ms /);
      expect(client.line('LATENCY RESET expire-cycle Eviction-Del nosuch')).toBe(':2\r\n');
      expect(client.line('LATENCY RESET')).toBe(':3\r\n');
      expect(client.line('LATENCY LATEST')).toBe('*0\r\n');
    }
  });

  it('are kept for 160 seconds in which there was one', () => {
    const { client, at } = monitored();
    for (let second = 0; second < 200; second++) at(2 * second, LATENCY_EVICTION_CYCLE, 10 + second);
    const lines = client.line('LATENCY HISTORY eviction-cycle').split('\r\n');
    expect(lines[0]).toBe('*160');
    expect(lines.slice(1, 4)).toEqual(['*2', `:${START + 80}`, ':50']);
    expect(lines.slice(-4)).toEqual(['*2', `:${START + 398}`, ':209', '']);
  });
});

/** An event needs work of a millisecond: more and more of it, until a machine of any speed has it. */
function untilTold(line: () => string, work: (amount: number) => void): void {
  for (let amount = 2000; !line().includes('cycle'); amount *= 2) {
    expect(amount).toBeLessThan(10_000_000);
    work(Math.min(amount, 64_000));
  }
}

describe('cycles', () => {
  it('of expiry are events', () => {
    const { engine, clock, client } = monitored({ arenaBytes: 64 * 1024 * 1024 });
    client.line('CONFIG SET latency-monitor-threshold 1');
    untilTold(
      () => (client.line('LATENCY HISTORY expire-cycle') === '*0\r\n' ? '' : 'cycle'),
      (amount) => {
        for (let at = 0; at < amount; at++) client.line(`SET k${at} v PX 1`);
        clock.nowMs += 1000;
        engine.tick();
      },
    );
    expect(client.line('LATENCY LATEST')).toContain('expire-cycle');
  });

  it('of eviction are events', () => {
    const { client } = monitored({ arenaBytes: 64 * 1024 * 1024 });
    client.line('CONFIG SET latency-monitor-threshold 1 maxmemory-policy allkeys-random');
    untilTold(
      () => (client.line('LATENCY HISTORY eviction-cycle') === '*0\r\n' ? '' : 'cycle'),
      (amount) => {
        client.line('CONFIG SET maxmemory 0');
        for (let at = 0; at < amount; at++) client.line(`SET k${at} ${'v'.repeat(100)}`);
        client.line('CONFIG SET maxmemory 100000');
        client.line('SET one more');
      },
    );
    expect(client.line('LATENCY LATEST')).toContain('eviction-cycle');
  });
});
