import { expect, it } from 'vitest';
import type { Endpoint } from '../../../src/upstream/endpoint.ts';
import { ServerWatch, type WatchedLink } from '../../../src/upstream/server-watch.ts';
import { waitUntil } from '../../support/wait.ts';
import { makeServices } from '../gateway/in-process.ts';
import { politely, ScriptedServer } from './scripted-server.ts';

const LIMIT_MS = 4000;
const LOOK_MS = 1000;

/** A connection as the watch sees it, in the state that the test gives it. */
class TestLink implements WatchedLink {
  heardAtMs: number;
  waitsSinceMs = Infinity;
  isInsideReply = false;
  isParked = false;
  serverId = 7;
  readonly context = { database: 0, resp: 2, user: undefined, password: undefined, name: '' } as const;
  reason = '';
  readonly #watch: ServerWatch;

  constructor(watch: ServerWatch, endpoint: Endpoint, heardAtMs: number) {
    this.#watch = watch;
    this.heardAtMs = heardAtMs;
    watch.add(this, endpoint);
  }

  cut(reason: string): void {
    this.reason = reason;
    this.#watch.remove(this);
  }
}

/** A watch whose time passes when the test says so. */
async function setUp(answers: boolean) {
  const server = await ScriptedServer.start((words, connection) =>
    words[0] === 'ECHO'
      ? answers
        ? "-ERR wrong number of arguments for 'echo' command\n"
        : undefined
      : politely(words, connection),
  );
  const services = makeServices();
  const clock = { nowMs: 1.8e12, monotonicMs: 100_000, refresh: () => {} };
  let look = (): void => {};
  const after = (_delayMs: number, work: () => void): NodeJS.Timeout => {
    look = work;
    const timer = setTimeout(() => {}, 0);
    clearTimeout(timer);
    return timer;
  };
  const address = { kind: 'tcp', host: '127.0.0.1', port: server.port } as const;
  const endpoint: Endpoint = {
    role: 'primary',
    address,
    connectTimeoutMs: 5000,
    keepAliveMs: 0,
    node: 'test',
  };
  const watch = new ServerWatch({ ...services, clock, after }, LIMIT_MS);
  const pass = (ms: number): void => {
    clock.monotonicMs += ms;
    services.turn(() => look());
  };
  const link = (): TestLink => new TestLink(watch, endpoint, clock.monotonicMs);
  return { server, services, clock, link, pass };
}

it('cuts connections with commands when nothing comes, not even an answer to a question', async () => {
  const { server, clock, link, pass } = await setUp(false);
  const [waits, late, listens] = [link(), link(), link()];
  waits.waitsSinceMs = clock.monotonicMs;
  pass(LOOK_MS);
  expect(server.connections).toBe(0);
  late.waitsSinceMs = clock.monotonicMs;
  pass(LOOK_MS);
  await server.next('ECHO');
  pass(LOOK_MS);
  expect(waits.reason).toBe('');
  pass(LOOK_MS);
  expect(waits.reason).toBe('the server says nothing');
  expect(late.reason).toBe('');
  pass(LOOK_MS);
  expect(late.reason).toBe('the server says nothing');
  pass(10 * LOOK_MS);
  expect(listens.reason).toBe('');
  expect(server.connections).toBe(1);
});

it('cuts nothing while questions are answered, however long clients wait', async () => {
  const { server, clock, link, pass } = await setUp(true);
  const blocked = link();
  blocked.isParked = true;
  blocked.waitsSinceMs = clock.monotonicMs;
  for (let asked = 1; asked <= 4; asked++) {
    for (let looks = 0; looks < LIMIT_MS / LOOK_MS / 2; looks++) pass(LOOK_MS);
    await waitUntil(() => server.connections === asked, 'a question');
    // It has been answered when the next look closes its connection.
    await waitUntil(() => {
      pass(0);
      return server.open === 0;
    }, 'the end of it');
  }
  expect(blocked.reason).toBe('');
});

it('asks nothing where nobody waits, or where others are answered', async () => {
  const { server, clock, link, pass } = await setUp(false);
  const [listens, blocked, talks] = [link(), link(), link()];
  blocked.isParked = true;
  blocked.waitsSinceMs = clock.monotonicMs;
  for (let looks = 0; looks < 20; looks++) {
    talks.heardAtMs = clock.monotonicMs;
    pass(LOOK_MS);
  }
  blocked.waitsSinceMs = Infinity;
  for (let looks = 0; looks < 20; looks++) pass(LOOK_MS);
  expect(server.connections).toBe(0);
  expect([listens, blocked, talks].map(({ reason }) => reason)).toEqual(['', '', '']);
});

it('cuts a connection whose reply stops in the middle, whatever comes on others', async () => {
  const { clock, link, pass } = await setUp(true);
  const [stopped, talks] = [link(), link()];
  stopped.isInsideReply = true;
  for (let looks = 0; looks < LIMIT_MS / LOOK_MS; looks++) {
    expect(stopped.reason).toBe('');
    pass(LOOK_MS);
    talks.heardAtMs = clock.monotonicMs;
  }
  expect(stopped.reason).toBe('a reply has stopped in the middle');
  expect(talks.reason).toBe('');
});

it('begins anew when the process itself has slept', async () => {
  const { server, clock, link, pass } = await setUp(false);
  const [waits, stopped] = [link(), link()];
  waits.waitsSinceMs = clock.monotonicMs;
  stopped.isInsideReply = true;
  pass(10 * LIMIT_MS);
  pass(LOOK_MS);
  expect(server.connections).toBe(0);
  expect([waits.reason, stopped.reason]).toEqual(['', '']);
  for (let looks = 1; looks < LIMIT_MS / LOOK_MS; looks++) pass(LOOK_MS);
  expect([waits.reason, stopped.reason]).toEqual([
    'the server says nothing',
    'a reply has stopped in the middle',
  ]);
});
