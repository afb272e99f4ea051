import { beforeAll, describe, expect, it } from 'vitest';
import type { LinkContext } from '../../../src/upstream/handshake.ts';
import { PinnedConnection, type PinnedEvents } from '../../../src/upstream/pinned.ts';
import { onCleanup } from '../../support/cleanup.ts';
import { encodeCommand } from '../../support/raw-client.ts';
import { startServer, type TestServer } from '../../support/servers.ts';
import { waitUntil } from '../../support/wait.ts';
import { makeServices, type TestServices } from '../gateway/in-process.ts';
import { Collector } from './collect.ts';
import { ScriptedServer } from './scripted-server.ts';

let services: TestServices;
let server: TestServer;

beforeAll(async () => {
  services = makeServices();
  server = await startServer('valkey-9.1', { password: 'secret' });
});

const LOGGED_IN: LinkContext = { database: 0, resp: 2, user: undefined, password: 'secret', name: '' };
const PLAIN: LinkContext = { ...LOGGED_IN, password: undefined };

class Events implements PinnedEvents {
  stream = '';
  readonly lost: string[] = [];
  ready = 0;
  drained = 0;

  pinnedStream(bytes: Uint8Array, start: number, end: number): void {
    this.stream += Buffer.from(bytes).toString('latin1', start, end).replaceAll('\r\n', '\n');
  }

  pinnedLost(text: string): void {
    this.lost.push(text);
  }

  pinnedReady(): void {
    this.ready += 1;
  }

  pinnedDrained(): void {
    this.drained += 1;
  }
}

interface Made {
  readonly connection: PinnedConnection;
  readonly events: Events;
  readonly collector: Collector;
}

function connect(port: number, context: LinkContext): Made {
  const events = new Events();
  const address = { kind: 'tcp', host: '127.0.0.1', port } as const;
  const endpoint = {
    role: 'primary',
    address,
    connectTimeoutMs: 5000,
    keepAliveMs: 0,
    node: 'test',
  } as const;
  const connection = new PinnedConnection(services, endpoint, context, events);
  onCleanup(() => connection.close());
  return { connection, events, collector: new Collector() };
}

function send({ connection, collector }: Made, ...words: string[]): number {
  let sequence = 0;
  services.turn(() => {
    sequence = collector.send(connection, ...words);
  });
  return sequence;
}

describe('a pinned connection', () => {
  it('keeps commands until it is set up, and its state from one to the next', async () => {
    const made = connect(server.port, LOGGED_IN);
    const { collector, connection, events } = made;
    for (const words of [['WATCH', 'k'], ['MULTI'], ['INCR', 'pinned'], ['EXEC']]) send(made, ...words);
    expect(await collector.of(4)).toBe('*1\n:1\n');
    expect(collector.order).toEqual([1, 2, 3, 4]);
    expect(collector.mirror).toEqual(['done 1', 'done 2', 'done 3', 'done 4']);
    expect(events).toMatchObject({ ready: 1, stream: '', lost: [] });
    expect(connection.inFlight).toBe(0);
    expect(await collector.of(send(made, 'CLIENT', 'ID'))).toBe(`:${connection.serverId}\n`);
  });

  it('passes on everything once it streams', async () => {
    const made = connect(server.port, LOGGED_IN);
    await made.collector.of(send(made, 'PING'));
    services.turn(() => {
      made.connection.startStreaming();
      const wire = encodeCommand(['SUBSCRIBE', 'news']);
      made.connection.write(wire, 0, wire.length);
    });
    const other = await server.client();
    await waitUntil(async () => (await other.call('PUBLISH', 'news', 'hello')) === 1, 'a subscriber');
    const whole = '*3\n$9\nsubscribe\n$4\nnews\n:1\n*3\n$7\nmessage\n$4\nnews\n$5\nhello\n';
    await waitUntil(() => made.events.stream === whole, 'the message');
    expect(made.collector.order).toEqual([1]);
  });

  it('tells pushes from replies', async () => {
    const scripted = await ScriptedServer.start();
    const made = connect(scripted.port, { ...PLAIN, resp: 3 });
    const sequence = send(made, 'GET', 'k');
    (await scripted.next('GET')).answer('>2\n+invalidate\n*1\n+k\n$1\nv\n>1\n+more\n');
    expect(await made.collector.of(sequence)).toBe('$1\nv\n');
    await waitUntil(() => made.events.stream === '>2\n+invalidate\n*1\n+k\n>1\n+more\n', 'both pushes');
  });

  it('ends every command when it is lost, and stays lost', async () => {
    const scripted = await ScriptedServer.start();
    const made = connect(scripted.port, PLAIN);
    send(made, 'BLPOP', 'k', '0');
    send(made, 'GET', 'k');
    await scripted.next('GET');
    scripted.cut();
    await made.collector.of(2);
    const text =
      'ERR lockstep: the connection to the primary was lost, the outcome of this command is unknown';
    expect([...made.collector.outcomes.values()]).toEqual([`failed: ${text}`, `failed: ${text}`]);
    expect(made.collector.mirror).toEqual(['failed 1 sent', 'failed 2 sent']);
    expect(made.events.lost).toEqual([text]);
    expect(made.connection.usable).toBe(false);
    expect(await made.collector.of(send(made, 'GET', 'k'))).toMatch(/^failed: .* closed$/);
    expect(made.collector.mirror.at(-1)).toBe('failed 3 unsent');
    expect(scripted.connections).toBe(1);
  });

  it('says that nothing was sent when it could not be made, with commands waiting or without', async () => {
    const scripted = await ScriptedServer.start();
    const { port } = scripted;
    await scripted.stop();
    const busy = connect(port, PLAIN);
    expect(await busy.collector.of(send(busy, 'GET', 'k'))).toMatch(/unreachable.*the command was not sent$/);
    expect(busy.collector.mirror).toEqual(['failed 1 unsent']);
    const idle = connect(port, PLAIN);
    await waitUntil(() => idle.events.lost.length > 0, 'the connection to fail');
    expect(idle.events.lost).toEqual([expect.stringMatching(/unreachable.*not sent$/)]);
    const refused = connect(server.port, { ...LOGGED_IN, password: 'wrong' });
    expect(await refused.collector.of(send(refused, 'GET', 'k'))).toMatch(/^failed: WRONGPASS /);
    expect(refused.collector.mirror).toEqual(['failed 1 unsent']);
  });

  it('tells its new owner what happens once it has been handed over, and nobody after it was closed', async () => {
    const scripted = await ScriptedServer.start();
    const made = connect(scripted.port, PLAIN);
    const first = send(made, 'GET', 'k');
    (await scripted.next('GET')).answer('$1\nv\n');
    await made.collector.of(first);
    const heir = new Events();
    made.connection.adopt(heir);
    scripted.cut();
    await waitUntil(() => heir.lost.length > 0, 'the loss');
    expect(made.events.lost).toEqual([]);

    const closed = connect(scripted.port, PLAIN);
    const sequence = send(closed, 'GET', 'k');
    await scripted.next('GET');
    services.turn(() => closed.connection.close());
    // Its command still ends, once.
    expect(await closed.collector.of(sequence)).toMatch(/^failed: /);
    expect(closed.events.lost).toEqual([]);
  });
});
