/** CLIENT TRACKING: who is told that a cached key is no longer true, in RESP2 and RESP3. */
import type { RawArgument } from '../support/raw-client.ts';
import { waitUntil } from '../support/wait.ts';
import { type ConformanceCase, type Peer, showReply, type Transcript } from './transcript.ts';

const CHANNEL = '__redis__:invalidate';

/** A connection that cases name by a word, since its id differs from run to run. */
class Known {
  readonly peer: Peer;
  readonly name: string;
  readonly id: number;

  private constructor(peer: Peer, name: string, id: number) {
    this.peer = peer;
    this.name = name;
    this.id = id;
  }

  static async connect(t: Transcript, name: string, protocol = 2): Promise<Known> {
    const peer = await t.connect(name);
    if (protocol === 3) await peer.client.hello3();
    return new Known(peer, name, Number(await peer.quiet('CLIENT', 'ID')));
  }

  /** As `Peer.call`, with the ids of `others` shown as their names. */
  async call(others: readonly Known[], ...args: readonly RawArgument[]): Promise<void> {
    const reply = showReply(await this.peer.typed(...args));
    const line = `${args.join(' ')} -> ${reply}`;
    this.peer.write(others.reduce((text, { id, name }) => text.replaceAll(idPattern(id), name), line));
  }

  /** Waits for a push and writes it down with ids as names. */
  async push(others: readonly Known[]): Promise<void> {
    const text = JSON.stringify(await this.peer.client.readPush());
    this.peer.write(
      `push ${others.reduce((line, { id, name }) => line.replaceAll(idPattern(id), name), text)}`,
    );
  }
}

function idPattern(id: number): RegExp {
  return new RegExp(`\\b${id}\\b`, 'g');
}

async function subscriber(t: Transcript): Promise<Known> {
  const sub = await Known.connect(t, 'listener');
  await sub.peer.call('SUBSCRIBE', CHANNEL);
  return sub;
}

const redirectCases: readonly ConformanceCase[] = [
  {
    name: 'RESP2 tracking is redirected to a subscriber',
    play: async (t) => {
      const [sub, writer] = [await subscriber(t), await t.connect('writer')];
      const reader = await Known.connect(t, 'reader');
      const all = [sub, reader];
      await reader.call(all, 'CLIENT', 'TRACKING', 'ON', 'REDIRECT', sub.id);
      await reader.call(all, 'CLIENT', 'GETREDIR');
      await reader.call(all, 'CLIENT', 'TRACKINGINFO');
      await writer.calls(['MSET a 1 b 1', 'GET a']);
      await reader.peer.calls(['MGET a b', 'GET c']);
      await writer.call('INCR', 'a');
      await sub.peer.read();
      await writer.calls(['INCR a', 'DEL b']);
      await sub.peer.read();
      await reader.call(all, 'CLIENT', 'ID');
      await reader.call(all, 'CLIENT', 'TRACKING', 'OFF');
      await reader.call(all, 'CLIENT', 'GETREDIR');
      await reader.call(all, 'CLIENT', 'TRACKINGINFO');
      await reader.call(all, 'CLIENT', 'ID');
      await reader.peer.calls(['GET a']);
      await writer.calls(['INCR a']);
      await reader.peer.settle();
      await sub.peer.call('PING');
    },
  },
  {
    name: 'RESP3 tracking is redirected to a RESP3 client that does not subscribe',
    play: async (t) => {
      const [target, reader] = [await Known.connect(t, 'target', 3), await Known.connect(t, 'reader', 3)];
      const writer = await t.connect('writer');
      const all = [target, reader];
      await reader.call(all, 'CLIENT', 'TRACKING', 'on', 'noloop', 'redirect', target.id);
      await reader.call(all, 'CLIENT', 'TRACKINGINFO');
      await reader.peer.calls(['SET k 1', 'GET k', 'INCR k', 'GET k']);
      await writer.call('INCR', 'k');
      await target.push(all);
      await target.peer.calls(['GET k', 'SET own 1']);
      await target.call(all, 'CLIENT', 'ID');
      await reader.peer.calls(['GET k']);
      await writer.call('FLUSHALL');
      await target.push(all);
      await reader.peer.settle();
      await target.peer.settle();
    },
  },
  {
    name: 'a target that has only been idle gets its messages once it subscribes',
    play: async (t) => {
      const [target, reader] = [await Known.connect(t, 'target'), await Known.connect(t, 'reader')];
      const writer = await t.connect('writer');
      await target.peer.calls(['SET own 1', 'GET own']);
      await reader.call([target], 'CLIENT', 'TRACKING', 'ON', 'REDIRECT', target.id);
      await reader.peer.calls(['GET k']);
      await writer.call('SET', 'k', '1');
      await target.peer.calls(['GET own', 'SUBSCRIBE other']);
      await reader.peer.calls(['GET k']);
      await writer.call('SET', 'k', '2');
      await target.peer.read();
    },
  },
  {
    name: 'a client redirects to itself',
    play: async (t) => {
      const [reader, writer] = [await Known.connect(t, 'reader', 3), await t.connect('writer')];
      await reader.call([reader], 'CLIENT', 'TRACKING', 'ON', 'REDIRECT', reader.id);
      await reader.call([reader], 'CLIENT', 'GETREDIR');
      await reader.peer.calls(['GET k']);
      await writer.call('SET', 'k', '1');
      await reader.push([reader]);
    },
  },
  {
    name: 'the target of a redirection leaves',
    play: async (t) => {
      const target = await Known.connect(t, 'target', 3);
      const [reader, old] = [await Known.connect(t, 'reader', 3), await Known.connect(t, 'old')];
      const writer = await t.connect('writer');
      const all = [target, reader, old];
      await reader.call(all, 'CLIENT', 'TRACKING', 'ON', 'REDIRECT', target.id);
      await old.call(all, 'CLIENT', 'TRACKING', 'ON', 'BCAST', 'REDIRECT', target.id);
      await reader.peer.calls(['GET k']);
      await target.peer.call('QUIT');
      await target.peer.closed();
      // A gateway's connection for the target ends a moment later: until then invalidations still go there.
      await waitUntil(async () => {
        await writer.quiet('SET', 'k', '1');
        await reader.peer.quiet('GET', 'k');
        return reader.peer.client.pushes.length > 0;
      }, 'the reader to be told');
      await reader.push(all);
      await reader.call(all, 'CLIENT', 'TRACKINGINFO');
      await reader.call(all, 'CLIENT', 'GETREDIR');
      await old.call(all, 'CLIENT', 'TRACKINGINFO');
      await reader.call(all, 'CLIENT', 'TRACKING', 'ON');
      await reader.call(all, 'CLIENT', 'TRACKINGINFO');
    },
  },
  {
    name: 'RESET of the target leaves it the target',
    play: async (t) => {
      const [target, reader] = [await Known.connect(t, 'target', 3), await Known.connect(t, 'reader')];
      const writer = await t.connect('writer');
      await reader.call([target], 'CLIENT', 'TRACKING', 'ON', 'REDIRECT', target.id);
      await target.peer.calls(['SELECT 1', 'SET in1 1', 'RESET', 'GET in1']);
      await target.call([target], 'CLIENT', 'ID');
      await target.peer.client.hello3();
      await reader.peer.calls(['GET k']);
      await writer.call('SET', 'k', '1');
      await target.push([target]);
      await reader.call([target], 'CLIENT', 'TRACKINGINFO');
    },
  },
  {
    name: 'redirection inside a transaction',
    play: async (t) => {
      const [target, reader] = [await Known.connect(t, 'target', 3), await Known.connect(t, 'reader')];
      const writer = await t.connect('writer');
      const all = [target, reader];
      await reader.call(all, 'MULTI');
      await reader.call(all, 'CLIENT', 'TRACKING', 'ON', 'REDIRECT', target.id);
      await reader.call(all, 'CLIENT', 'GETREDIR');
      await reader.call(all, 'CLIENT', 'TRACKINGINFO');
      await reader.call(all, 'CLIENT', 'ID');
      await reader.call(all, 'GET', 'k');
      await reader.call(all, 'EXEC');
      await reader.call(all, 'CLIENT', 'GETREDIR');
      await writer.call('SET', 'k', '1');
      await target.push(all);
      for (const command of ['MULTI', 'CLIENT TRACKING OFF', 'CLIENT GETREDIR', 'EXEC', 'CLIENT GETREDIR'])
        await reader.call(all, ...command.split(' '));
    },
  },
];

const plainCases: readonly ConformanceCase[] = [
  {
    name: 'RESP3 tracking, default mode',
    play: async (t) => {
      const [reader, writer] = [await t.connect('reader'), await t.connect('writer')];
      await reader.client.hello3();
      await reader.calls(['CLIENT TRACKING ON', 'CLIENT TRACKINGINFO', 'CLIENT GETREDIR']);
      await reader.calls(['SET mine 1', 'GET mine', 'MGET a b', 'HGETALL h']);
      await writer.calls(['SET a 1', 'SET a 2', 'HSET h f v']);
      await reader.push();
      await reader.push();
      reader.sendAll(['SET mine 2', 'CLIENT ID', 'ECHO x']);
      await reader.client.read();
      await reader.client.read();
      await reader.read('ECHO');
      await reader.push();
      await reader.calls(['GET a']);
      await writer.call('FLUSHDB');
      await reader.push();
      await reader.calls(['CLIENT TRACKING OFF', 'GET a']);
      await writer.call('SET', 'a', '3');
      await reader.settle();
      t.note(`pushes left ${reader.client.pushes.length}`);
    },
  },
  {
    name: 'broadcasting with prefixes',
    play: async (t) => {
      const [reader, writer] = [await t.connect('reader'), await t.connect('writer')];
      await reader.client.hello3();
      await reader.calls([
        'CLIENT TRACKING ON BCAST PREFIX a: PREFIX b: NOLOOP',
        'CLIENT TRACKING ON BCAST PREFIX a:x',
        'CLIENT TRACKING ON BCAST PREFIX c:',
        'CLIENT TRACKING ON',
        'CLIENT TRACKINGINFO',
        'SET a:own 1',
      ]);
      await writer.calls(['SET a:1 1', 'SET x 1']);
      await reader.push();
      await writer.calls(['SET b:1 1']);
      await reader.push();
      await reader.calls(['CLIENT TRACKING OFF', 'CLIENT TRACKING ON BCAST']);
      await writer.calls(['SET x 2']);
      await reader.push();
    },
  },
  {
    name: 'OPTIN and OPTOUT with CLIENT CACHING',
    play: async (t) => {
      const [reader, writer] = [await t.connect('reader'), await t.connect('writer')];
      await reader.client.hello3();
      await reader.calls([
        'CLIENT CACHING YES',
        'CLIENT TRACKING ON OPTIN',
        'CLIENT CACHING NO',
        'GET a',
        'CLIENT CACHING YES',
        'CLIENT TRACKINGINFO',
      ]);
      await reader.quiet('CLIENT', 'ID');
      await reader.calls(['GET b', 'GET c', 'CLIENT CACHING YES', 'MULTI', 'GET d', 'EXEC']);
      await writer.calls(['SET a 1', 'SET b 1', 'SET c 1', 'SET d 1']);
      await reader.push();
      await reader.push();
      await reader.calls([
        'CLIENT TRACKING OFF',
        'CLIENT TRACKING ON OPTOUT',
        'CLIENT CACHING YES',
        'CLIENT CACHING NO',
        'GET a',
        'GET b',
      ]);
      await writer.calls(['SET a 2', 'SET b 2']);
      await reader.push();
      await reader.settle();
    },
  },
  {
    name: 'tracking: errors',
    play: async (t) => {
      const peer = await t.connect();
      await peer.calls([
        'CLIENT TRACKING',
        'CLIENT TRACKING MAYBE',
        'CLIENT TRACKING ON BOGUS',
        'CLIENT TRACKING ON REDIRECT',
        'CLIENT TRACKING ON REDIRECT x',
        'CLIENT TRACKING ON REDIRECT 0',
        'CLIENT TRACKING ON REDIRECT 99999999',
        'CLIENT TRACKING ON REDIRECT 99999999 REDIRECT 5',
        'CLIENT TRACKING ON PREFIX a',
        'CLIENT TRACKING ON OPTIN OPTOUT',
        'CLIENT TRACKING ON BCAST OPTIN',
        'CLIENT TRACKING ON BCAST PREFIX a PREFIX ab',
        'CLIENT TRACKING OFF BCAST',
        'CLIENT TRACKING OFF',
        'CLIENT TRACKINGINFO',
        'CLIENT TRACKINGINFO x',
        'CLIENT GETREDIR',
        'CLIENT GETREDIR x',
        'CLIENT CACHING',
        'CLIENT CACHING YES',
        'CLIENT CACHING MAYBE',
        'CLIENT TRACKING ON OPTIN',
        'CLIENT TRACKING ON OPTOUT',
        'CLIENT CACHING MAYBE',
        'RESET',
        'CLIENT TRACKINGINFO',
        'MULTI',
        'CLIENT TRACKING',
        'EXEC',
      ]);
    },
  },
  {
    name: 'tracking follows the protocol that HELLO chooses',
    play: async (t) => {
      const [reader, writer] = [await t.connect('reader'), await t.connect('writer')];
      await reader.calls(['CLIENT TRACKING ON', 'GET a']);
      await writer.calls(['SET a 1']);
      await reader.calls(['GET a', 'HELLO 3 SETNAME cached', 'CLIENT GETNAME', 'SELECT 1', 'SELECT 0']);
      await writer.calls(['SET a 2']);
      await reader.push();
      await reader.calls(['GET a', 'HELLO 2']);
      await writer.calls(['SET a 3']);
      await reader.settle();
    },
  },
  {
    name: 'invalidations come although replies are off',
    play: async (t) => {
      const [reader, writer] = [await t.connect('reader'), await t.connect('writer')];
      await reader.client.hello3();
      await reader.calls(['CLIENT TRACKING ON', 'GET a']);
      reader.send('CLIENT', 'REPLY', 'OFF');
      reader.send('GET', 'b');
      reader.send('SET', 'mark', 'set');
      await waitUntil(async () => (await writer.quiet('GET', 'mark')) === 'set', 'the reader has read');
      await writer.calls(['SET a 1']);
      await reader.push();
      await writer.calls(['SET b 1']);
      await reader.push();
      await reader.call('CLIENT', 'REPLY', 'ON');
      await reader.settle();
    },
  },
];

export const trackingCases: readonly ConformanceCase[] = [...plainCases, ...redirectCases];
