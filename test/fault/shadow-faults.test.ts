/**
 * A shadow that dies, sleeps, comes back, talks nonsense or says nothing. The clients must not notice, the gateway must
 * not grow, and what the shadow missed must be counted.
 */
import { beforeAll, describe, expect, it } from 'vitest';
import { type ConfigPart, startGateway, type TestGateway } from '../support/gateway.ts';
import { type RunningLoad, startLoad } from '../support/load/run-load.ts';
import { readVerdicts } from '../support/load/verdicts.ts';
import { startServer, type TestServer } from '../support/servers.ts';
import { waitUntil } from '../support/wait.ts';
import { type Misbehaviour, startFaultyPeer } from './faulty-peer.ts';
import { residentBytes, watchMemory } from './process-memory.ts';
import { replaySteady, startSteady } from './steady-client.ts';

const seed = Number(process.env.LOCKSTEP_FAULT_SEED ?? 3);
const minutes = 60_000;

/** Small enough to be reached by a short load. */
const config: ConfigPart = {
  shadow: {
    queue: { maxCommands: 20_000, maxBytes: '16mb', maxAgeMs: 5000 },
    breaker: { failures: 3, openMs: 200, timeoutMs: 500 },
    connectTimeoutMs: 500,
  },
  upstream: { reconnect: { minMs: 20, maxMs: 200 } },
};
/** What the gateway may grow by while its shadow is in trouble: several times the queue's limit, and V8's slack. */
const growthLimitBytes = 250 * 1024 * 1024;

interface Trouble {
  readonly gateway: TestGateway;
  readonly load: RunningLoad;
  /** Waits until the load has had `count` more replies. */
  readonly progress: (count: number) => Promise<void>;
  /** Stops everything; throws when a client noticed anything. */
  readonly end: () => Promise<{ readonly keyed: number }>;
}

let reference: TestServer;
beforeAll(async () => {
  reference = await startServer('valkey-9.1');
});

/** Load whose every command is keyed and stands for one comparison, so that the gateway's counts can be checked. */
async function makeTrouble(gateway: TestGateway): Promise<Trouble> {
  const before = residentBytes(gateway.pid);
  const memory = watchMemory(gateway.pid);
  const steady = startSteady(gateway.port, seed);
  const load = startLoad({
    target: { port: gateway.port },
    seed,
    commands: Number.POSITIVE_INFINITY,
    clients: 16,
    blockingClients: 0,
    shares: { strings: 3, counters: 2, lists: 2, hashes: 2, owner: 1 },
    hotKeys: 400,
    prefix: 'load:',
    resp3: 'none',
    maxPipeline: 8,
  });
  load.result.catch(() => undefined);
  return {
    gateway,
    load,
    progress: async (count) => {
      const goal = load.answered() + count;
      await waitUntil(() => load.answered() >= goal, `${count} more replies`);
    },
    end: async () => {
      load.stop();
      const result = await load.result;
      const heard = await steady.stop();
      const grown = memory.stop() - before;
      expect(result.failures).toEqual([]);
      expect(heard.length).toBeGreaterThan(5);
      const flusher = await reference.client();
      await flusher.call('FLUSHALL');
      flusher.close();
      expect(heard).toEqual(await replaySteady(reference.port, seed, heard.length));
      expect(grown).toBeLessThan(growthLimitBytes);
      let keyed = 0;
      for (const [name, count] of result.byCommand)
        if (!['ECHO', 'PING', 'setup'].includes(name)) keyed += count;
      return { keyed };
    },
  };
}

/** The breaker is closed and everything accepted has been compared or dropped. */
async function shadowWell(gateway: TestGateway): Promise<void> {
  const well = async (): Promise<boolean> => {
    const page = await gateway.metrics();
    return (
      page.sum('shadow_breaker_open') === 0 &&
      page.sum('shadow_queue_commands') === 0 &&
      page.sum('upstream_up', { target: 'shadow' }) > 0
    );
  };
  await waitUntil(well, 'the breaker to close and the queue to empty');
}

async function startPair(): Promise<{ gateway: TestGateway; primary: TestServer; shadow: TestServer }> {
  const [primary, shadow] = [await startServer('valkey-9.1'), await startServer('valkey-9.1')];
  const gateway = await startGateway({ primary: primary.url, shadow: shadow.url, config });
  return { gateway, primary, shadow };
}

describe('a real shadow', () => {
  it(
    'is killed and started again under load',
    async () => {
      const { gateway, shadow } = await startPair();
      const trouble = await makeTrouble(gateway);
      await trouble.progress(2000);
      await shadow.stop('SIGKILL');
      const open = async (): Promise<boolean> => (await readVerdicts(gateway)).breakerOpen > 0;
      await waitUntil(open, 'the breaker to open');
      await trouble.progress(2000);
      expect((await readVerdicts(gateway)).dropped).toBeGreaterThan(0);
      await shadow.restart();
      await waitUntil(async () => !(await open()), 'the breaker to close');
      const compared = (await readVerdicts(gateway)).match;
      await waitUntil(async () => (await readVerdicts(gateway)).match > compared, 'comparisons to go on');
      await trouble.progress(1000);
      await trouble.end();
      await shadowWell(gateway);
      const verdicts = await readVerdicts(gateway);
      expect(verdicts.dropped).toBeGreaterThan(0);
      expect(verdicts.dirtySlots).toBeGreaterThan(0);
    },
    minutes,
  );

  it.each(['killed', 'asleep'] as const)(
    'is %s and every command is accounted for: compared, or dropped with its reason',
    async (how) => {
      const { gateway, shadow } = await startPair();
      const client = await gateway.client();
      let sent = 0;
      const burst = async (): Promise<void> => {
        const commands = Array.from({ length: 500 }, (_, index) => ['SET', `k${index % 50}`, String(index)]);
        await client.pipeline(commands);
        sent += commands.length;
      };
      await burst();
      await gateway.shadowIdle();
      if (how === 'killed') await shadow.stop('SIGKILL');
      else shadow.pause();
      for (let round = 0; round < 10; round++) await burst();
      await waitUntil(async () => (await readVerdicts(gateway)).breakerOpen > 0, 'the breaker to open');
      await burst();
      if (how === 'killed') await shadow.restart();
      else shadow.resume();
      await shadowWell(gateway);
      await burst();
      await gateway.shadowIdle();
      const verdicts = await readVerdicts(gateway);
      const compared =
        verdicts.match + verdicts.divergent + verdicts.expected + verdicts.unconfirmed + verdicts.skipped;
      console.log(verdicts.lines.join('\n'));
      expect(compared + verdicts.dropped).toBe(sent);
      expect(compared).toBeGreaterThanOrEqual(1000);
      // Fifty keys were written while the shadow was away. One that was killed has forgotten all the others as well.
      expect(verdicts.dirtySlots).toBe(how === 'killed' ? 16_384 : 50);
      client.close();
    },
    minutes,
  );

  it(
    'sleeps and wakes under load',
    async () => {
      const { gateway, shadow } = await startPair();
      const trouble = await makeTrouble(gateway);
      await trouble.progress(2000);
      shadow.pause();
      await trouble.progress(10_000);
      shadow.resume();
      await trouble.progress(2000);
      const { keyed } = await trouble.end();
      await shadowWell(gateway);
      const verdicts = await readVerdicts(gateway);
      console.log(
        `${keyed} commands; ${verdicts.match} matched, ${verdicts.dropped} dropped, ${verdicts.dirtySlots} slots dirty`,
      );
      if (verdicts.dropped > 0) expect(verdicts.dirtySlots).toBeGreaterThan(0);
    },
    minutes,
  );

  it(
    'was never there',
    async () => {
      const primary = await startServer('valkey-9.1');
      const gone = await startServer('valkey-9.1');
      await gone.stop();
      const gateway = await startGateway({ primary: primary.url, shadow: gone.url, config });
      const trouble = await makeTrouble(gateway);
      await trouble.progress(4000);
      await trouble.end();
      const verdicts = await readVerdicts(gateway);
      expect(verdicts.match).toBe(0);
      expect(verdicts.dropped).toBeGreaterThan(0);
      expect(verdicts.dirtySlots).toBeGreaterThan(0);
      expect(verdicts.breakerOpen).toBeGreaterThan(0);
      await gone.restart();
      await shadowWell(gateway);
    },
    minutes,
  );
});

const misbehaviours: readonly Misbehaviour[] = [
  'silent',
  'garbage',
  'polite garbage',
  'too many replies',
  'endless reply',
  'hangs up',
];

describe.each(misbehaviours)('a shadow that is %s', (how) => {
  it(
    'changes no reply and costs no memory',
    async () => {
      const primary = await startServer('valkey-9.1');
      const peer = await startFaultyPeer(how);
      const gateway = await startGateway({
        primary: primary.url,
        shadow: `redis://127.0.0.1:${peer.port}`,
        config,
      });
      const trouble = await makeTrouble(gateway);
      await trouble.progress(6000);
      // Replies that are well-formed can only be told to be wrong; all others cost the connection.
      const noticed = async (): Promise<boolean> => {
        const { dropped, divergent } = await readVerdicts(gateway);
        return dropped > 0 || (how === 'too many replies' && divergent > 0);
      };
      await waitUntil(noticed, 'the gateway to notice');
      await trouble.end();
      expect(peer.connections()).toBeGreaterThan(0);
      const { dropped, dirtySlots } = await readVerdicts(gateway);
      expect(dirtySlots > 0).toBe(dropped > 0);
      expect(gateway.running).toBe(true);
    },
    minutes,
  );
});
