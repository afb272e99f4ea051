/** SUBSCRIBE, PSUBSCRIBE, SSUBSCRIBE and MONITOR, in RESP2 and RESP3. */
import { type ConformanceCase, commandsCase } from './transcript.ts';

export const pubsubCases: readonly ConformanceCase[] = [
  {
    name: 'RESP2 subscriber: messages, and which commands are left',
    play: async (t) => {
      const [sub, pub] = [await t.connect('sub'), await t.connect('pub')];
      await sub.call('SUBSCRIBE', 'one', 'two', 'one');
      await sub.reads(2);
      await pub.calls([
        'PUBLISH one m1',
        'PUBLISH two m2',
        'PUBLISH none m3',
        'PUBSUB CHANNELS o*',
        'PUBSUB NUMSUB one none',
        'PUBSUB NUMPAT',
      ]);
      await sub.reads(2);
      await sub.calls([
        'PING',
        'PING text',
        'GET k',
        'SET k 1',
        'MULTI',
        'HELLO 3',
        'ECHO x',
        'CLIENT ID',
        'NOSUCH',
        'SUBSCRIBE',
        'SUBSCRIBE three',
      ]);
      await sub.calls(['UNSUBSCRIBE three', 'UNSUBSCRIBE unknown', 'PSUBSCRIBE o* t*']);
      await sub.read();
      await pub.calls(['PUBLISH one m4']);
      await sub.reads(2);
      await sub.calls(['UNSUBSCRIBE one two']);
      await sub.read();
      await sub.calls(['PUNSUBSCRIBE t*', 'PUNSUBSCRIBE', 'GET k', 'PING', 'PUBLISH one m5']);
    },
  },
  {
    name: 'RESP3 subscriber: messages are pushes and every command is left',
    play: async (t) => {
      const [sub, pub] = [await t.connect('sub'), await t.connect('pub')];
      await sub.call('HELLO', '3');
      sub.send('SUBSCRIBE', 'one', 'two');
      await sub.push();
      await sub.push();
      await sub.calls(['SET k 1', 'GET k', 'PING', 'PING text', 'MULTI', 'GET k', 'EXEC']);
      await pub.calls(['PUBLISH one m1']);
      await sub.push();
      sub.send('PSUBSCRIBE', 'o*');
      await sub.push();
      await pub.calls(['PUBLISH one m2']);
      await sub.push();
      await sub.push();
      sub.send('UNSUBSCRIBE', 'two');
      await sub.push();
      sub.send('UNSUBSCRIBE');
      await sub.push();
      sub.send('PUNSUBSCRIBE', 'o*', 'none*');
      await sub.push();
      await sub.push();
      await sub.settle();
      t.note(`pushes left ${sub.client.pushes.length}`);
    },
  },
  {
    name: 'RESP3 subscriber publishes to itself',
    play: async (t) => {
      const sub = await t.connect('sub');
      await sub.call('HELLO', '3');
      sub.sendAll(['SUBSCRIBE c', 'PUBLISH c m1', 'SET k 1', 'PUBLISH c m2', 'GET k']);
      await sub.reads(4);
      for (let left = 3; left > 0; left--) await sub.push();
    },
  },
  {
    name: 'shard channels',
    play: async (t) => {
      const [sub, pub] = [await t.connect('sub'), await t.connect('pub')];
      await sub.call('SSUBSCRIBE', 'shard');
      await pub.calls([
        'SPUBLISH shard m1',
        'PUBLISH shard other',
        'PUBSUB SHARDCHANNELS',
        'PUBSUB SHARDNUMSUB shard x',
      ]);
      await sub.read();
      await sub.calls(['GET k', 'PING', 'SUBSCRIBE plain', 'SUNSUBSCRIBE', 'UNSUBSCRIBE', 'PING']);
    },
  },
  {
    name: 'leaving subscriber mode by RESET and QUIT',
    play: async (t) => {
      const [a, b] = [await t.connect('a'), await t.connect('b')];
      await a.calls(['SUBSCRIBE c', 'RESET', 'GET k', 'PUBSUB CHANNELS']);
      b.sendAll(['SUBSCRIBE c', 'QUIT', 'PING']);
      await b.closed();
      await a.until('PUBSUB NUMSUB c', (reply) => JSON.stringify(reply) === '["c",0]');
    },
  },
  {
    name: 'unsubscribing from nothing',
    play: async (t) => {
      const peer = await t.connect();
      await peer.calls(['PUNSUBSCRIBE', 'PING', 'UNSUBSCRIBE a', 'PING', 'SUNSUBSCRIBE', 'PING']);
    },
  },
  {
    name: 'unsubscribing from nothing in RESP3',
    // Valkey 8.0 answers -NOSUB instead of a push.
    notOn: ['valkey-8.0'],
    play: async (t) => {
      const peer = await t.connect();
      await peer.call('HELLO', '3');
      for (const command of ['PUNSUBSCRIBE', 'UNSUBSCRIBE', 'SUNSUBSCRIBE']) {
        peer.send(command, 'a');
        await peer.push();
      }
      await peer.settle();
    },
  },
  commandsCase('errors', [
    'SUBSCRIBE',
    'PSUBSCRIBE',
    'PUBLISH c',
    'PUBSUB',
    'PUBSUB BOGUS',
    'PUBSUB NUMSUB',
    'PUBLISH nobody m',
  ]),
  {
    name: 'a thousand messages keep their order',
    play: async (t) => {
      const [sub, pub] = [await t.connect('sub'), await t.connect('pub')];
      await sub.call('SUBSCRIBE', 'thousand');
      for (let index = 0; index < 1000; index++) pub.send('PUBLISH', 'thousand', `m${index}`);
      for (let index = 0; index < 1000; index++) await pub.client.read();
      await sub.reads(1000);
    },
  },
  {
    name: 'a subscriber that leaves is forgotten',
    play: async (t) => {
      const [sub, pub] = [await t.connect('sub'), await t.connect('pub')];
      await sub.call('SUBSCRIBE', 'c');
      await pub.call('PUBSUB', 'NUMSUB', 'c');
      sub.client.close();
      await pub.until('PUBSUB NUMSUB c', (reply) => JSON.stringify(reply) === '["c",0]');
      await pub.calls(['PUBLISH c m', 'GET k']);
    },
  },
  {
    name: 'keyspace notifications reach a subscriber',
    play: async (t) => {
      const [sub, writer] = [await t.connect('sub'), await t.connect('writer')];
      await writer.call('CONFIG', 'SET', 'notify-keyspace-events', 'KEA');
      await sub.call('PSUBSCRIBE', '__key*__:*');
      await writer.calls(['SET k 1', 'DEL k']);
      await sub.reads(4);
      await writer.call('CONFIG', 'SET', 'notify-keyspace-events', '');
    },
  },
  {
    name: 'MONITOR shows the commands of others',
    play: async (t) => {
      const [monitor, writer] = [await t.connect('monitor'), await t.connect('writer')];
      await monitor.call('MONITOR');
      await writer.calls(['SET marked 1', 'GET marked', 'SELECT 1', 'SET marked 2']);
      for (let found = 0; found < 3; ) {
        const line = String(await monitor.client.read());
        if (!line.includes('marked')) continue;
        monitor.write(line.replace(/^[\d.]+ /, '').replace(/\[(\d+) [^\]]*\]/, '[$1 ADDRESS]'));
        found++;
      }
    },
  },
];
