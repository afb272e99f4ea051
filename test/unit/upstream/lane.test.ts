import { beforeAll, describe, expect, it } from 'vitest';
import type { Endpoint } from '../../../src/upstream/endpoint.ts';
import type { LinkContext } from '../../../src/upstream/handshake.ts';
import { Lane } from '../../../src/upstream/lane.ts';
import type { LaneOptions } from '../../../src/upstream/lane-options.ts';
import { onCleanup } from '../../support/cleanup.ts';
import { startServer, type TestServer } from '../../support/servers.ts';
import { waitUntil } from '../../support/wait.ts';
import { makeServices, type TestServices } from '../gateway/in-process.ts';
import { Collector } from './collect.ts';
import { politely, ScriptedServer } from './scripted-server.ts';

let services: TestServices;
let server: TestServer;
let locked: TestServer;

beforeAll(async () => {
  services = makeServices();
  [server, locked] = await Promise.all([
    startServer('redis-7.0'),
    startServer('valkey-9.1', { password: 'secret' }),
  ]);
  const admin = await locked.client();
  await admin.call('ACL', 'SETUSER', 'ann', 'on', '>pässword', '~*', '+@all');
  admin.close();
});

const PLAIN: LinkContext = { database: 0, resp: 2, user: undefined, password: undefined, name: '' };

const NEVER = { minMs: 1e9, maxMs: 1e9 };

function endpointAt(port: number): Endpoint {
  const address = { kind: 'tcp', host: '127.0.0.1', port } as const;
  return { role: 'primary', address, connectTimeoutMs: 5000, keepAliveMs: 0, node: 'test' };
}

interface Made {
  readonly lane: Lane;
  readonly collector: Collector;
  readonly states: string[];
}

function makeLane(port: number, context: Partial<LinkContext> = {}, more: Partial<LaneOptions> = {}): Made {
  const states: string[] = [];
  const lane = new Lane(services, {
    id: 1,
    endpoint: endpointAt(port),
    context: { ...PLAIN, ...context },
    reconnect: { minMs: 5, maxMs: 20 },
    waitWhenDownMs: 0,
    maxInFlight: 1000,
    maxBacklogBytes: 10_000,
    persistent: true,
    onState: (_lane, up, reason) => states.push(up ? 'up' : `down: ${reason}`),
    ...more,
  });
  onCleanup(() => lane.close());
  return { lane, collector: new Collector(), states };
}

/** Runs work as a worker would, so that what it writes leaves. */
function send({ lane, collector }: Made, ...words: string[]): number {
  let sequence = 0;
  services.turn(() => {
    sequence = collector.send(lane, ...words);
  });
  return sequence;
}

describe('a lane to a real server', () => {
  it('connects at the first command and answers a pipeline in order', async () => {
    const made = makeLane(server.port);
    expect(made.lane.up).toBe(false);
    const sent: number[] = [];
    services.turn(() => {
      for (let count = 0; count < 200; count++) sent.push(made.collector.send(made.lane, 'ECHO', `${count}`));
    });
    await made.collector.of(200);
    expect(made.collector.order).toEqual(sent);
    expect(made.collector.mirror).toEqual(sent.map((sequence) => `done ${sequence}`));
    expect(await made.collector.of(150)).toBe('$3\n149\n');
    expect(made.states).toEqual(['up']);
    expect(made.lane.inFlight).toBe(0);
  });

  it('sets the connection up: login, protocol, database, name', async () => {
    const context = {
      user: 'ann',
      password: Buffer.from('pässword').toString('latin1'),
      resp: 3,
      database: 5,
      name: 'lane',
    } as const;
    const made = makeLane(locked.port, context);
    const info = await made.collector.of(send(made, 'CLIENT', 'INFO'));
    expect(info).toMatch(/ name=lane /);
    expect(info).toMatch(/ db=5 /);
    expect(info).toMatch(/ user=ann /);
    expect(info).toMatch(/ resp=3 /);
    // A map and not an array: RESP3 it is.
    expect(await made.collector.of(send(made, 'CONFIG', 'GET', 'port'))).toMatch(/^%1\n/);
    expect(made.lane.hello?.items.length).toBeGreaterThan(5);
  });

  it("gives commands the server's own words when it refuses the login", async () => {
    const wrong = makeLane(locked.port, { password: 'wrong' }, { persistent: false });
    expect(await wrong.collector.of(send(wrong, 'GET', 'k'))).toBe(
      'failed: WRONGPASS invalid username-password pair or user is disabled.',
    );
    expect(wrong.collector.mirror).toEqual(['failed 1 unsent']);
    expect(wrong.states).toHaveLength(1);
    const none = makeLane(locked.port, { resp: 3 }, { persistent: false });
    expect(await none.collector.of(send(none, 'GET', 'k'))).toMatch(/^failed: NOAUTH /);
    const database = makeLane(server.port, { database: 99 }, { persistent: false });
    expect(await database.collector.of(send(database, 'GET', 'k'))).toBe(
      'failed: ERR DB index is out of range',
    );
  });

  it('answers what was in flight with an unknown outcome when the server dies, and comes back with it', async () => {
    const mortal = await startServer('valkey-9.1');
    const made = makeLane(mortal.port);
    await made.collector.of(send(made, 'PING'));
    const lost = send(made, 'DEBUG', 'SLEEP', '30');
    await mortal.stop('SIGKILL');
    expect(await made.collector.of(lost)).toBe(
      'failed: ERR lockstep: the connection to the primary was lost, the outcome of this command is unknown',
    );
    expect(made.collector.mirror.at(-1)).toBe(`failed ${lost} sent`);
    await waitUntil(() => made.lane.downReason.includes('ECONNREFUSED'), 'a refused connection');
    await mortal.restart();
    await waitUntil(() => made.lane.up, 'the lane to be up again');
    expect(await made.collector.of(send(made, 'PING'))).toBe('+PONG\n');
    expect(made.states.map((state) => state.slice(0, 4))).toEqual(['up', 'down', 'up']);
  });
});

describe('a lane to a server that is down', () => {
  it('says at once that commands were not sent', async () => {
    const scripted = await ScriptedServer.start();
    const made = makeLane(scripted.port);
    await scripted.stop();
    const first = await made.collector.of(send(made, 'GET', 'a'));
    expect(first).toMatch(
      /^failed: ERR lockstep: the primary is unreachable \(.*\), the command was not sent$/,
    );
    await waitUntil(() => {
      // Once it is known to be down, the answer comes before `send` returns.
      const sequence = send(made, 'GET', 'b');
      return made.collector.outcomes.get(sequence)?.includes('unreachable');
    }, 'commands to be refused');
    expect(new Set(made.collector.mirror.map((line) => line.split(' ')[2]))).toEqual(new Set(['unsent']));
  });

  it('keeps commands for waitWhenDownMs, and sends them when it is back in time', async () => {
    const scripted = await ScriptedServer.start();
    const { port } = scripted;
    await scripted.stop();
    const made = makeLane(port, {}, { waitWhenDownMs: 60_000 });
    const waiting = send(made, 'GET', 'kept');
    await waitUntil(() => made.states.length > 0, 'the lane to notice');
    const later = send(made, 'GET', 'later');
    await scripted.listen(port);
    (await scripted.next('GET', 'kept')).answer('$1\n1\n');
    (await scripted.next('GET', 'later')).answer('$1\n2\n');
    expect(await made.collector.of(waiting)).toBe('$1\n1\n');
    expect(await made.collector.of(later)).toBe('$1\n2\n');
  });

  it('gives them up when the time is over, or when it is closed', async () => {
    const scripted = await ScriptedServer.start();
    const { port } = scripted;
    await scripted.stop();
    const made = makeLane(port, {}, { waitWhenDownMs: 30 });
    expect(await made.collector.of(send(made, 'GET', 'a'))).toMatch(/unreachable.*not sent/);
    const patient = makeLane(port, {}, { waitWhenDownMs: 60_000, reconnect: NEVER });
    const sequence = send(patient, 'GET', 'a');
    await waitUntil(() => patient.states.length > 0, 'the lane to notice');
    services.turn(() => patient.lane.close());
    expect(await patient.collector.of(sequence)).toMatch(/not sent/);
    expect(patient.collector.mirror).toEqual(['failed 1 unsent']);
    expect(await patient.collector.of(send(patient, 'GET', 'b'))).toMatch(/closed/);
  });

  it('is one that accepts and says nothing, too', async () => {
    const scripted = await ScriptedServer.start(() => undefined);
    const endpoint = { ...endpointAt(scripted.port), connectTimeoutMs: 40 };
    const made = makeLane(scripted.port, {}, { endpoint });
    expect(await made.collector.of(send(made, 'GET', 'a'))).toMatch(/unreachable \(ETIMEDOUT.*not sent/);
  });
});

describe('a lane', () => {
  it('refuses what is more than it may have in flight or keep', async () => {
    const scripted = await ScriptedServer.start();
    const made = makeLane(scripted.port, {}, { maxInFlight: 2 });
    send(made, 'GET', 'a');
    const asked = await scripted.next('GET', 'a');
    send(made, 'GET', 'b');
    const third = send(made, 'GET', 'c');
    expect(made.collector.outcomes.get(third)).toMatch(/too many commands/);
    asked.answer('$-1\n');
    await made.collector.of(1);
    (await scripted.next('GET', 'b')).answer('$-1\n');
    await made.collector.of(2);
    const big = makeLane(scripted.port);
    const kept = send(big, 'SET', 'k', 'x'.repeat(9_000));
    expect(big.collector.outcomes.get(send(big, 'SET', 'k', 'x'.repeat(2_000)))).toMatch(/too many bytes/);
    (await scripted.next('SET', 'k')).answer('+OK\n');
    expect(await big.collector.of(kept)).toBe('+OK\n');
  });

  it('passes over pushes, whole or in pieces', async () => {
    const scripted = await ScriptedServer.start();
    const made = makeLane(scripted.port, { resp: 3 });
    const first = send(made, 'GET', 'a');
    const asked = await scripted.next('GET', 'a');
    asked.answer(`>2\n+invalidate\n$400000\n${'p'.repeat(400_000)}\n$1\na\n>1\n+late\n`);
    expect(await made.collector.of(first)).toBe('$1\na\n');
    const second = send(made, 'GET', 'b');
    (await scripted.next('GET', 'b')).answer('$1\nb\n');
    expect(await made.collector.of(second)).toBe('$1\nb\n');
  });

  it('hangs up on replies to nothing, since nothing fits any more', async () => {
    const scripted = await ScriptedServer.start();
    const made = makeLane(scripted.port);
    const first = send(made, 'GET', 'a');
    (await scripted.next('GET', 'a')).answer('$1\na\n$7\nsurplus\n');
    expect(await made.collector.of(first)).toBe('$1\na\n');
    await waitUntil(() => scripted.connections === 2, 'a new connection');
    await waitUntil(() => made.lane.up, 'the lane to be up again');
    const second = send(made, 'GET', 'b');
    (await scripted.next('GET', 'b')).answer('$1\nb\n');
    expect(await made.collector.of(second)).toBe('$1\nb\n');
  });

  it('hangs up on what is no reply', async () => {
    const scripted = await ScriptedServer.start();
    const made = makeLane(scripted.port);
    const first = send(made, 'GET', 'a');
    (await scripted.next('GET', 'a')).answer('?what\n');
    expect(await made.collector.of(first)).toMatch(/outcome of this command is unknown/);
    expect(made.states).toContainEqual(expect.stringMatching(/^down: protocol error/));
  });

  it('ends each command once, also those that are sent while others fail', async () => {
    const scripted = await ScriptedServer.start();
    const made = makeLane(scripted.port);
    const { collector, lane } = made;
    send(made, 'GET', '1');
    send(made, 'GET', '2');
    await scripted.next('GET', '2');
    let more = 3;
    collector.onEnd = (sequence) => {
      if (sequence <= 2 && more-- > 0) collector.send(lane, 'GET', `after ${sequence}`);
    };
    scripted.cut();
    // They are sent on the next connection, in their order.
    const one = await scripted.next('GET', 'after 1');
    const two = await scripted.next('GET', 'after 2');
    one.answer('$1\na\n');
    two.answer('$1\nb\n');
    expect(await collector.of(4)).toBe('$1\nb\n');
    expect(collector.outcomes.get(3)).toBe('$1\na\n');
    expect(collector.order).toEqual([1, 2, 3, 4]);
    expect(collector.mirror).toEqual(['failed 1 sent', 'failed 2 sent', 'done 3', 'done 4']);
    expect(lane.inFlight).toBe(0);
  });

  it('cuts a reply that was half there with an unknown outcome', async () => {
    const scripted = await ScriptedServer.start(politely);
    const made = makeLane(scripted.port);
    const first = send(made, 'GET', 'half');
    const asked = await scripted.next('GET', 'half');
    let pieces = 0;
    const reply = made.collector.reply.bind(made.collector);
    made.collector.reply = (...piece) => {
      pieces += 1;
      reply(...piece);
    };
    asked.answer('$100\nabc');
    await waitUntil(() => pieces > 0, 'a piece of the reply');
    asked.cut();
    expect(await made.collector.of(first)).toMatch(/unknown/);
    expect(made.collector.mirror).toEqual(['failed 1 sent']);
  });

  it('forgets a greeting that broke off with its connection', async () => {
    let greeted = false;
    const scripted = await ScriptedServer.start((words, connection) => {
      if (connection > 0 || words[0] !== 'HELLO') return politely(words, connection);
      greeted = true;
      return '*4\n$6\nserver\n$6\nval';
    });
    const made = makeLane(scripted.port, {}, { waitWhenDownMs: 5000 });
    send(made, 'PING');
    await waitUntil(() => greeted, 'the greeting');
    scripted.cut();
    await waitUntil(() => made.lane.up, 'the lane to be up');
    const again = send(made, 'PING');
    expect(await made.collector.of(again)).toBe('+PONG\n');
  });
});
