/** Channels, patterns, shard channels and keyspace notifications, beyond what the common suite asks. */
import { type ConformanceCase, commandsCase, type Peer } from '../transcript.ts';

/** All messages that a subscriber has got, in order, up to one that says that they are all. */
async function untilEnd(sub: Peer, pub: Peer): Promise<void> {
  await pub.quiet('PUBLISH', '__key-end', 'end');
  for (;;) {
    const { reply } = await sub.client.readFrame();
    const text = JSON.stringify(reply, (_key, value: unknown) => value);
    const items = reply.type === 'array' ? reply.items : [];
    const words = items.map((item) => (item.type === 'bulk' ? item.bytes.toString('latin1') : item.type));
    if (words.includes('__key-end')) return;
    sub.write(words.length > 0 ? words.join(' | ') : text);
  }
}

/** Writes keys while everything that happens to them is listened to. */
function eventsCase(name: string, flags: string, commands: readonly string[]): ConformanceCase {
  return {
    name,
    play: async (t) => {
      const [sub, writer] = [await t.connect('sub'), await t.connect('writer')];
      await writer.call('CONFIG', 'SET', 'notify-keyspace-events', flags);
      await sub.call('PSUBSCRIBE', '__key*');
      await writer.calls(commands);
      await untilEnd(sub, writer);
      await writer.call('CONFIG', 'SET', 'notify-keyspace-events', '');
    },
  };
}

export const pubsubEngineCases: readonly ConformanceCase[] = [
  {
    name: 'pub/sub: patterns of every kind',
    play: async (t) => {
      const [sub, pub] = [await t.connect('sub'), await t.connect('pub')];
      const patterns = ['*', 'h?llo', 'h[ae]llo', 'h[^a]llo', 'h[a-c]llo', 'h\\*llo', '[', 'a*b*c', '\\', ''];
      for (const pattern of patterns) await sub.call('PSUBSCRIBE', pattern);
      for (const channel of ['hello', 'hallo', 'h*llo', 'hllo', '[', 'axbxc', 'axbx', '\\', '', 'hbllo']) {
        const receivers = Number(await pub.quiet('PUBLISH', channel, 'm'));
        t.note(`${channel}: ${receivers}`);
        const got: string[] = [];
        for (let left = receivers; left > 0; left--) got.push(JSON.stringify(await sub.client.read()));
        for (const line of got.sort()) sub.write(line);
      }
      await pub.calls(['PUBSUB NUMPAT']);
      await sub.calls(['PUNSUBSCRIBE h?llo']);
      await pub.calls(['PUBSUB NUMPAT', 'PUBLISH nobody-but-star m']);
    },
  },
  {
    name: 'pub/sub: a client in several ways, in MULTI, and after CLIENT REPLY OFF',
    play: async (t) => {
      const [sub, pub, multi] = [await t.connect('sub'), await t.connect('pub'), await t.connect('multi')];
      await sub.call('SUBSCRIBE', 'c');
      await sub.call('PSUBSCRIBE', 'c*');
      await sub.call('SSUBSCRIBE', 'c');
      await pub.calls(['PUBLISH c m1', 'SPUBLISH c m2', 'PUBSUB NUMSUB c', 'PUBSUB SHARDNUMSUB c']);
      await sub.reads(3);
      await multi.calls(['MULTI', 'PUBLISH c m3', 'PUBLISH d m4', 'SSUBSCRIBE x', 'EXEC']);
      await sub.read();
      await sub.read();
      await sub.calls(['RESET', 'PING']);
      await pub.calls(['PUBLISH c m', 'PUBSUB NUMPAT', 'PUBSUB CHANNELS', 'PUBSUB SHARDCHANNELS']);
      await multi.call('HELLO', '3');
      multi.sendAll(['CLIENT REPLY OFF', 'SUBSCRIBE quiet', 'PUBLISH quiet m5', 'GET k']);
      await multi.push();
      await multi.push();
      await multi.calls(['CLIENT REPLY ON']);
    },
  },
  {
    name: 'pub/sub: RESP3 subscriber goes back to RESP2',
    play: async (t) => {
      const [sub, pub] = [await t.connect('sub'), await t.connect('pub')];
      await sub.call('HELLO', '3');
      sub.send('SUBSCRIBE', 'c');
      await sub.push();
      await sub.call('ECHO', 'still');
      sub.send('HELLO', '2');
      await sub.read();
      await sub.calls(['ECHO x', 'PING', 'CLIENT ID', 'MULTI']);
      await pub.calls(['PUBLISH c m']);
      await sub.read();
      await sub.calls(['UNSUBSCRIBE c', 'ECHO x']);
    },
  },
  {
    name: 'pub/sub: a subscriber in RESP2 may not queue either, and EXEC is refused',
    play: async (t) => {
      const peer = await t.connect();
      await peer.calls(['MULTI', 'SUBSCRIBE c', 'GET k']);
      peer.send('EXEC');
      await peer.read();
      await peer.calls(['GET k', 'EXEC', 'PING', 'UNSUBSCRIBE', 'GET k']);
    },
  },
  commandsCase('pub/sub: forms of PUBSUB', [
    'PUBSUB CHANNELS',
    'PUBSUB CHANNELS a b',
    'PUBSUB SHARDCHANNELS a b',
    'PUBSUB NUMPAT x',
    'PUBSUB NUMSUB a b a',
    'PUBSUB SHARDNUMSUB a',
    'PUBSUB SHARDNUMSUB',
    'PUBSUB HELP x',
    'SPUBLISH c',
    'SPUBLISH c m',
    'PUBLISH c m x',
    'SSUBSCRIBE',
  ]),
  commandsCase('notify-keyspace-events', [
    'CONFIG SET notify-keyspace-events KEA',
    'CONFIG GET notify-keyspace-events',
    'CONFIG SET notify-keyspace-events gKx',
    'CONFIG GET NOTIFY-keyspace-*',
    'CONFIG SET notify-keyspace-events AKEmn',
    'CONFIG GET notify-keyspace-events',
    'CONFIG SET notify-keyspace-events n',
    'CONFIG GET notify-keyspace-events',
    'CONFIG SET notify-keyspace-events g$lshzxetdKEm',
    'CONFIG GET notify-keyspace-events',
    'CONFIG SET notify-keyspace-events Q',
    'CONFIG SET notify-keyspace-events K notify-keyspace-events E',
    'CONFIG SET notify-keyspace-events',
    'CONFIG SET bogus 1',
    'CONFIG SET notify-keyspace-events ',
    'CONFIG GET notify-keyspace-events',
    'CONFIG GET tracking-table-max-keys',
    'CONFIG SET tracking-table-max-keys x',
    'CONFIG SET tracking-table-max-keys -1',
    'CONFIG GET bogus',
  ]),
  eventsCase('events: strings', 'KEA', [
    'SET k v',
    'SET k w EX 100',
    'SETEX k 100 v',
    'SETNX k v',
    'GETSET k v',
    'APPEND k x',
    'GETDEL k',
    'INCR n',
    'INCRBY n 3',
    'DECR n',
    'MSET a 1 b 2',
    'MSETNX a 1 c 2',
    'GETEX a EX 100',
    'GETEX a PERSIST',
    'SET a 1 PXAT 1',
    'SET a 1',
    'GETEX a EXAT 1',
    'SET a 1 GET',
  ]),
  eventsCase('events: generic and expired, and which are not asked for', 'Egx', [
    'SET k v',
    'EXPIRE k 100',
    'PERSIST k',
    'PEXPIREAT k 1',
    'SET k v',
    'EXPIRE k -1',
    'SET k v',
    'DEL k none',
    'SET k v',
    'UNLINK k',
    'GET none',
  ]),
  eventsCase('events: misses and new keys', 'KEmn', [
    'GET none',
    'SET k v',
    'SET k w',
    'GET k',
    'DEL k',
    'INCR k',
  ]),
  eventsCase('events: a key of another database', 'KE$', ['SELECT 3', 'SET k v', 'SELECT 0', 'SET k v']),
  eventsCase('events: neither K nor E', '$', ['SET k v']),
  {
    name: 'events: expired keys',
    play: async (t) => {
      const [sub, writer] = [await t.connect('sub'), await t.connect('writer')];
      await writer.call('CONFIG', 'SET', 'notify-keyspace-events', 'Ex');
      await sub.call('SUBSCRIBE', '__keyevent@0__:expired');
      await writer.calls(['SET soon v PX 1']);
      await sub.read();
      await writer.calls(['EXISTS soon']);
      await writer.call('CONFIG', 'SET', 'notify-keyspace-events', '');
    },
  },
];
