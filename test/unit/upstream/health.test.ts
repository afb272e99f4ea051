import { expect, it } from 'vitest';
import { HealthCheck } from '../../../src/upstream/health.ts';
import { Lane } from '../../../src/upstream/lane.ts';
import { SIGNS_OF_LIFE_BYTES, SignsOfLife } from '../../../src/upstream/signs-of-life.ts';
import { onCleanup } from '../../support/cleanup.ts';
import { startServer, type TestServer } from '../../support/servers.ts';
import { waitUntil } from '../../support/wait.ts';
import { makeServices, type TestServices } from '../gateway/in-process.ts';
import { Collector } from './collect.ts';

const INTERVAL_MS = 1000;

function laneTo(server: TestServer, services: TestServices): Lane {
  return new Lane(services, {
    id: 1,
    endpoint: {
      role: 'primary',
      address: { kind: 'tcp', host: '127.0.0.1', port: server.port },
      connectTimeoutMs: 5000,
      keepAliveMs: 0,
      node: 'test',
    },
    context: { database: 0, resp: 2, user: undefined, password: undefined, name: '' },
    reconnect: { minMs: 5, maxMs: 20 },
    waitWhenDownMs: 0,
    maxInFlight: 1000,
    maxBacklogBytes: 10_000,
    persistent: true,
    onState: () => {},
  });
}

it('asks a server that has been silent, and one that talks only now and then', async () => {
  const services = makeServices();
  const server = await startServer('redis-7.0');
  const lane = laneTo(server, services);
  onCleanup(() => lane.close());
  const collector = new Collector();
  const clock = { nowMs: 1.8e12, monotonicMs: 5000, refresh: () => {} };
  const life = new SignsOfLife(new SharedArrayBuffer(SIGNS_OF_LIFE_BYTES), clock);
  const health = new HealthCheck({ ...services, clock, life }, 'primary', INTERVAL_MS);

  async function pings(): Promise<number> {
    // Behind whatever question is on its way.
    let sequence = 0;
    services.turn(() => {
      sequence = collector.send(lane, 'INFO', 'commandstats');
    });
    const text = await collector.of(sequence);
    return Number(/cmdstat_ping:calls=(\d+)/.exec(text)?.[1] ?? 0);
  }
  function tick(passedMs: number): void {
    clock.nowMs += passedMs;
    clock.monotonicMs += passedMs;
    services.turn(() => health.tick(lane));
  }

  services.turn(() => lane.open());
  await waitUntil(() => lane.up, 'the lane to be up');
  const before = await pings();
  tick(0);
  expect(await pings()).toBe(before + 1);
  expect(health.wantsLogin).toBe(false);
  expect(health.roundTripMs).toBe(0);
  // Somebody hears of the server all the time.
  for (let passed = 1; passed < 10; passed++) {
    life.heard(0);
    tick(INTERVAL_MS / 2);
    life.heard(0);
    tick(INTERVAL_MS / 2);
    expect(await pings()).toBe(before + 1);
  }
  life.heard(0);
  tick(INTERVAL_MS);
  expect(await pings()).toBe(before + 2);
  // The other server's words do not count.
  life.heard(1);
  tick(INTERVAL_MS);
  clock.monotonicMs += 7;
  expect(await pings()).toBe(before + 3);
  expect(health.roundTripMs).toBe(7);
});
