/**
 * Clients that subscribe and write on one RESP3 connection: what they hear, byte for byte and in order, is what a
 * server says, and the shadow gets what they write.
 */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startGateway, type TestGateway } from '../support/gateway.ts';
import { compareState } from '../support/load/same-state.ts';
import { expectVerdicts, tellAll } from '../support/load/verdicts.ts';
import { encodeCommand, RawClient } from '../support/raw-client.ts';
import { type ServerName, serverNames, startServer, type TestServer } from '../support/servers.ts';
import { waitUntil } from '../support/wait.ts';

/** Everything one connection hears. */
class Listener {
  readonly client: RawClient;
  #heard = Buffer.alloc(0);
  #marks = 0;

  private constructor(client: RawClient) {
    this.client = client;
    client.socket.on('data', (chunk: Buffer) => {
      this.#heard = Buffer.concat([this.#heard, chunk]);
    });
  }

  static async connect(port: number, resp: 2 | 3): Promise<Listener> {
    const client = await RawClient.connect({ port });
    if (resp === 3) await client.hello3();
    return new Listener(client);
  }

  send(commands: readonly string[]): void {
    this.client.send(Buffer.concat(commands.map((command) => encodeCommand(command.split(' ')))));
  }

  /** All that was heard since the last call. */
  async hear(): Promise<string> {
    const mark = `mark${this.#marks++}`;
    this.send([`PING ${mark}`]);
    await waitUntil(() => this.#heard.includes(`${mark}\r\n`), mark);
    return this.take();
  }

  take(): string {
    const text = this.#heard.toString();
    this.#heard = Buffer.alloc(0);
    return text;
  }

  async waitFor(text: string): Promise<void> {
    await waitUntil(() => this.#heard.includes(text), text);
  }
}

interface Conversation {
  readonly name: string;
  readonly resp?: 2;
  readonly steps: readonly (readonly string[])[];
  /** UNSUBSCRIBE without arguments leaves channels in an order of the server's own. */
  readonly hashOrder?: true;
  readonly notOn?: readonly ServerName[];
}

/** Commands of one step are sent in one write; everything heard up to their end is compared. */
const conversations: readonly Conversation[] = [
  {
    name: 'messages between replies',
    steps: [
      ['SUBSCRIBE c', 'SET k 1', 'PUBLISH c m1', 'INCR k', 'PUBLISH c m2', 'GET k', 'PUBLISH nobody m3'],
      ['SET a 1', 'PUBLISH c m4', 'LPUSH k x', 'PUBLISH c m5', 'MGET a k'],
    ],
  },
  {
    name: 'every kind of subscription, confirmed once per channel',
    hashOrder: true,
    steps: [
      ['SET k 1', 'SUBSCRIBE a b a', 'GET k', 'PSUBSCRIBE a* b*', 'INCR k', 'SSUBSCRIBE s', 'INCR k'],
      [
        'PUBLISH a m',
        'SPUBLISH s m',
        'UNSUBSCRIBE a',
        'INCR k',
        'PUNSUBSCRIBE',
        'INCR k',
        'PUBLISH b m',
        'INCR k',
      ],
      ['SUBSCRIBE x y z', 'UNSUBSCRIBE', 'INCR k', 'SUNSUBSCRIBE', 'INCR k', 'PUBLISH x m'],
    ],
  },
  {
    name: 'unsubscribing from everything at once',
    hashOrder: true,
    steps: [
      ['SUBSCRIBE a b c d', 'PSUBSCRIBE p* q*', 'INCR k'],
      ['UNSUBSCRIBE', 'PUNSUBSCRIBE', 'INCR k', 'PUBLISH a m', 'SUBSCRIBE e', 'UNSUBSCRIBE', 'INCR k'],
    ],
  },
  {
    name: 'unsubscribing from nothing',
    steps: [
      ['INCR k', 'UNSUBSCRIBE', 'INCR k', 'PUNSUBSCRIBE a b', 'INCR k', 'SUNSUBSCRIBE', 'INCR k'],
      ['SUBSCRIBE a', 'UNSUBSCRIBE b c', 'INCR k', 'UNSUBSCRIBE', 'UNSUBSCRIBE', 'INCR k'],
    ],
  },
  {
    name: 'errors in the place of confirmations',
    steps: [
      [
        'SUBSCRIBE',
        'INCR k',
        'SUBSCRIBE a',
        'SUBSCRIBE',
        'INCR k',
        'PSUBSCRIBE',
        'NOSUCH',
        'INCR k k',
        'INCR k',
      ],
      ['ACL SETUSER limited on nopass allkeys allcommands resetchannels &ok*', 'AUTH limited any'],
      [
        'SUBSCRIBE ok1',
        'SUBSCRIBE no',
        'INCR k',
        'SUBSCRIBE ok2 no',
        'INCR k',
        'PUBLISH ok1 m',
        'PUBLISH no m',
      ],
    ],
  },
  {
    name: 'transactions of a subscriber',
    steps: [
      ['SUBSCRIBE a', 'MULTI', 'SET k 1', 'PUBLISH a m', 'INCR k', 'EXEC', 'GET k'],
      [
        'WATCH k',
        'SET k 2',
        'MULTI',
        'INCR k',
        'EXEC',
        'GET k',
        'MULTI',
        'SET k 9',
        'DISCARD',
        'PUBLISH a m',
        'GET k',
      ],
    ],
  },
  {
    name: 'a subscription inside a transaction',
    steps: [
      ['MULTI', 'SUBSCRIBE a', 'SET k 1', 'EXEC', 'INCR k', 'PUBLISH a m', 'INCR k', 'UNSUBSCRIBE', 'INCR k'],
    ],
  },
  {
    name: 'a subscription inside a transaction, in RESP2',
    resp: 2,
    steps: [['MULTI', 'SUBSCRIBE a', 'SET k 1', 'EXEC'], ['UNSUBSCRIBE'], ['GET k', 'PING']],
  },
  {
    name: 'CLIENT REPLY silences replies and not messages',
    steps: [
      [
        'SUBSCRIBE a',
        'CLIENT REPLY OFF',
        'INCR k',
        'PUBLISH a m',
        'SUBSCRIBE b',
        'PUBLISH b m',
        'CLIENT REPLY ON',
        'GET k',
      ],
      ['CLIENT REPLY SKIP', 'INCR k', 'PUBLISH a m', 'GET k'],
    ],
  },
  {
    name: 'long values and long messages',
    hashOrder: true,
    steps: [
      [
        'SUBSCRIBE a',
        `SET k ${'v'.repeat(300_000)}`,
        `PUBLISH a ${'m'.repeat(300_000)}`,
        'GET k',
        'PUBLISH a x',
        'INCR n',
      ],
      [
        `SUBSCRIBE ${'c'.repeat(70_000)} b`,
        `PUBLISH ${'c'.repeat(70_000)} m`,
        'INCR n',
        'UNSUBSCRIBE',
        'INCR n',
      ],
    ],
  },
  {
    name: 'RESET and then another life',
    steps: [['SUBSCRIBE a', 'SET k 1', 'PUBLISH a m', 'RESET', 'PUBLISH a m', 'INCR k']],
  },
  {
    name: 'HELLO 2 while subscribed',
    steps: [['SUBSCRIBE a', 'SET k 1', 'HELLO 2'], ['PING', 'GET k', 'UNSUBSCRIBE a', 'PING'], ['GET k']],
  },
  {
    name: 'blocking commands of a subscriber',
    steps: [['SUBSCRIBE a', 'RPUSH l 1 2', 'BLPOP l 0', 'BLPOP none 0.05', 'PUBLISH a m', 'LLEN l']],
  },
  {
    name: 'databases of a subscriber',
    steps: [['SUBSCRIBE a', 'SELECT 1', 'SET k one', 'SELECT 0', 'SET k zero', 'PUBLISH a m', 'GET k']],
  },
];

const masks: readonly (readonly [RegExp, string])[] = [[/\$2\r\nid\r\n:\d+/g, 'ID']];

async function play(port: number, one: Conversation): Promise<string[]> {
  const cleaner = await RawClient.connect({ port });
  await cleaner.call('FLUSHALL');
  cleaner.close();
  const listener = await Listener.connect(port, one.resp ?? 3);
  const heard: string[] = [];
  for (const step of one.steps) {
    listener.send(step);
    let text = await listener.hear();
    if (one.hashOrder) text = text.replace(/(unsubscribe)\r\n\$\d+\r\n\S+/g, '$1 NAME');
    for (const [pattern, replacement] of masks) text = text.replace(pattern, replacement);
    heard.push(
      text.length > 20_000 ? `${text.length} bytes, ${text.replaceAll(/(.)\1{99,}/g, '$1…')}` : text,
    );
  }
  listener.client.close();
  return heard;
}

const modes = [
  { sessions: 'pooled', isMirrored: true },
  { sessions: 'pinned', isMirrored: true },
  { sessions: 'pooled', isMirrored: false },
] as const;

describe.each(serverNames)('%s', (name) => {
  let alone: TestServer;
  beforeAll(async () => {
    alone = await startServer(name);
  });

  describe.each(modes)('sessions $sessions, mirrored $isMirrored', ({ sessions, isMirrored }) => {
    let gateway: TestGateway;
    let primary: TestServer;
    let shadow: TestServer | undefined;

    beforeAll(async () => {
      primary = await startServer(name);
      shadow = isMirrored ? await startServer(name) : undefined;
      gateway = await startGateway({
        primary: primary.url,
        ...(shadow === undefined ? {} : { shadow: shadow.url }),
        workers: 3,
        config: { ...tellAll, upstream: { sessions } },
      });
    });
    afterAll(async () => {
      await gateway.stop();
      await Promise.all([primary.stop(), shadow?.stop()]);
    });

    it.each(conversations.filter((one) => one.notOn?.includes(name) !== true))('$name', async (one) => {
      expect(await play(gateway.port, one)).toEqual(await play(alone.port, one));
    });

    it('leaves nothing out of the mirror', async () => {
      if (shadow === undefined) return;
      await gateway.shadowIdle();
      await expectVerdicts(gateway, { divergent: 0, dropped: 0, dirtySlots: 0 });
      expect((await compareState(primary, shadow)).differences).toEqual([]);
    });

    it('hears others while it writes', async () => {
      const [listener, other] = [await Listener.connect(gateway.port, 3), await gateway.client()];
      listener.send(['SUBSCRIBE news', 'FLUSHALL']);
      await listener.waitFor('+OK');
      listener.take();
      const writes = Array.from({ length: 300 }, (_, index) => `APPEND own ${index % 10}`);
      const news = Array.from({ length: 300 }, (_, index) => ['PUBLISH', 'news', `n${index}n`]);
      const others = Array.from({ length: 300 }, (_, index) => ['INCR', `other${index % 7}`]);
      for (let at = 0; at < 300; at += 20) {
        listener.send(writes.slice(at, at + 20));
        await other.pipeline([...news.slice(at, at + 20), ...others.slice(at, at + 20)]);
      }
      const text = await listener.hear();
      expect(text.match(/n\d+n/g)).toEqual(Array.from({ length: 300 }, (_, index) => `n${index}n`));
      expect(text.match(/^:\d+/gm)).toEqual(Array.from({ length: 300 }, (_, index) => `:${index + 1}`));
      if (shadow !== undefined) {
        await gateway.shadowIdle();
        await expectVerdicts(gateway, { divergent: 0, dropped: 0, dirtySlots: 0 });
        const direct = await shadow.client();
        expect(await direct.call('STRLEN', 'own')).toBe(300);
        direct.close();
      }
      for (const client of [listener.client, other]) client.close();
    });
  });
});
