/** CLIENT about other clients, and users: who is killed, unblocked, paused or deleted. */
import { addressOf, everyKind, Known } from './known-clients.ts';
import { type ConformanceCase, commandsCase, type Peer } from './transcript.ts';

const killed: readonly ConformanceCase[] = [
  {
    name: 'CLIENT KILL by every filter',
    play: async (t) => {
      const known = new Known(t);
      const killer = await known.connect('killer');
      const kill = async (name: string, make: (victim: Peer) => string[]): Promise<void> => {
        const victim = await known.connect(name);
        const filter = make(victim);
        killer.write(`${name} ${JSON.stringify(await killer.quiet('CLIENT', 'KILL', ...filter))}`);
        await victim.closed();
        killer.write(`again ${JSON.stringify(await killer.quiet('CLIENT', 'KILL', ...filter))}`);
      };
      await kill('by address, as it was', (victim) => [addressOf(victim)]);
      await kill('by ADDR', (victim) => ['ADDR', addressOf(victim)]);
      await kill('by ID', (victim) => ['ID', known.idOf(victim)]);
      await kill('by both', (victim) => [
        'ID',
        known.idOf(victim),
        'ADDR',
        addressOf(victim),
        'SKIPME',
        'no',
      ]);
      await kill('by LADDR', (victim) => [
        'LADDR',
        `127.0.0.1:${victim.client.socket.remotePort}`,
        'ID',
        known.idOf(victim),
      ]);
      await kill('by TYPE', (victim) => ['TYPE', 'normal', 'ID', known.idOf(victim)]);
      await kill('by USER', (victim) => ['ID', known.idOf(victim), 'USER', 'default']);
      const stays = await known.connect('stays');
      const id = known.idOf(stays);
      for (const filter of [
        ['ID', id, 'TYPE', 'pubsub'],
        ['ID', id, 'ADDR', addressOf(killer)],
        ['ID', id, 'LADDR', '127.0.0.1:1'],
        ['ID', id, 'MAXAGE', '100000'],
        ['ID', known.idOf(killer)],
        ['ADDR', addressOf(killer)],
        ['127.0.0.1:1'],
      ])
        killer.write(JSON.stringify(await killer.quiet('CLIENT', 'KILL', ...filter)));
      await stays.settle();
      await killer.settle();
    },
  },
  {
    name: 'CLIENT KILL of clients in every state',
    play: async (t) => {
      const known = new Known(t);
      const killer = await known.connect('killer');
      const peers = await everyKind(known);
      const monitor = await known.connect('monitor');
      await monitor.call('MONITOR');
      for (const peer of [...peers, monitor]) {
        t.note(JSON.stringify(await killer.quiet('CLIENT', 'KILL', 'ID', known.idOf(peer))));
        if (peer !== monitor) await peer.closed();
        else await monitor.client.waitForClose();
      }
      await killer.settle();
      await killer.calls(['LPUSH nothing x', 'LRANGE nothing 0 -1', 'GET k']);
    },
  },
  {
    name: 'CLIENT KILL of oneself',
    play: async (t) => {
      const known = new Known(t);
      const [one, two, three] = [
        await known.connect('a'),
        await known.connect('b'),
        await known.connect('c'),
      ];
      one.sendAll(['SET k 1', `CLIENT KILL ${addressOf(one)}`, 'SET k 2', 'PING']);
      await one.closed();
      two.sendAll([`CLIENT KILL ID ${known.idOf(two)} SKIPME no`, 'SET k 3']);
      await two.closed();
      three.sendAll([
        'MULTI',
        'INCR k',
        'INCR k',
        `CLIENT KILL ID ${known.idOf(three)} SKIPME NO`,
        'EXEC',
        'INCR k',
      ]);
      await three.closed();
      const last = await known.connect('last');
      await last.call('GET', 'k');
    },
  },
  {
    name: 'CLIENT KILL in a transaction',
    play: async (t) => {
      const known = new Known(t);
      const [victim, killer] = [await known.connect('victim'), await known.connect('killer')];
      await killer.calls(['MULTI', 'CLIENT ID']);
      killer.write(JSON.stringify(await killer.quiet('CLIENT', 'KILL', 'ID', known.idOf(victim))));
      killer.write(JSON.stringify(await killer.quiet('CLIENT', 'KILL', 'ADDR', addressOf(victim))));
      await killer.calls(['CLIENT KILL TYPE x', 'CLIENT UNBLOCK 99', 'CLIENT GETNAME', 'CLIENT KILL']);
      await victim.settle();
      await killer.calls(['EXEC', 'MULTI']);
      killer.write(JSON.stringify(await killer.quiet('CLIENT', 'KILL', 'ID', known.idOf(victim))));
      await killer.calls([
        'CLIENT SETNAME x',
        'CLIENT GETNAME',
        'CLIENT KILL TYPE x',
        'CLIENT UNBLOCK 99',
        'EXEC',
      ]);
      await victim.closed();
      await killer.calls(['CLIENT GETNAME', 'MULTI']);
      await killer.quiet('CLIENT', 'ID');
      const [id] = (await killer.quiet('EXEC')) as string[];
      t.note(`same id ${String(id) === known.idOf(killer)}`);
    },
  },
  commandsCase('CLIENT KILL wrong forms', [
    'CLIENT KILL',
    'CLIENT KILL nobody',
    'CLIENT KILL ID',
    'CLIENT KILL ID x',
    'CLIENT KILL ID 0',
    'CLIENT KILL ID -1',
    'CLIENT KILL ID 5 x',
    'CLIENT KILL ID 5 SKIPME',
    'CLIENT KILL ID 999999 SKIPME maybe',
    'CLIENT KILL ID 999999 MAXAGE x',
    'CLIENT KILL ID 999999 MAXAGE',
    'CLIENT KILL ID 999999 MAXAGE 0',
    'CLIENT KILL ADDR',
    'CLIENT KILL ADDR 1.2.3.4:5 LADDR',
    'CLIENT KILL TYPE nosuch',
    'CLIENT KILL USER nosuch',
    'CLIENT KILL ADDR 1.2.3.4:5 NAME x',
    'CLIENT KILL ADDR 1.2.3.4:5 FLAGS q',
    'CLIENT KILL ADDR 1.2.3.4:5 IDLE 0',
    'CLIENT KILL ADDR 1.2.3.4:5 NOT-ID 5 6 NOT-ADDR x',
    'CLIENT KILL ID 999998 999999',
    'CLIENT LIST x',
    'CLIENT LIST TYPE normal x',
    'CLIENT INFO x',
    'CLIENT ID x',
    'CLIENT GETNAME x',
    'CLIENT SETNAME',
    'CLIENT SETINFO x',
    'CLIENT NOSUCH',
  ]),
];

const waiting: readonly ConformanceCase[] = [
  {
    name: 'CLIENT UNBLOCK of every kind',
    play: async (t) => {
      const known = new Known(t);
      const [asker, waits] = [await known.connect('asker'), await known.connect('waits')];
      const id = known.idOf(waits);
      for (const [command, ...reason] of [
        ['BLPOP x 0'],
        ['BLMOVE x y LEFT LEFT 0', 'TIMEOUT'],
        ['BZPOPMIN x 0', 'error'],
        ['XREAD BLOCK 0 STREAMS x $', 'ERROR'],
      ]) {
        waits.send(...command.split(' '));
        await known.flagged(asker, waits, 'b');
        asker.write(JSON.stringify(await asker.quiet('CLIENT', 'UNBLOCK', id, ...reason)));
        await waits.read(command);
        asker.write(JSON.stringify(await asker.quiet('CLIENT', 'UNBLOCK', id, ...reason)));
      }
      await asker.calls(['CLIENT UNBLOCK x', 'CLIENT UNBLOCK 1 x', 'CLIENT UNBLOCK x x', 'CLIENT UNBLOCK 0']);
      await asker.calls(['CLIENT UNBLOCK', 'CLIENT UNBLOCK 1 TIMEOUT x', 'CLIENT UNBLOCK -1', 'LPUSH x 1']);
      asker.write(JSON.stringify(await asker.quiet('CLIENT', 'UNBLOCK', known.idOf(asker))));
      await waits.calls(['LPOP x']);
    },
  },
  {
    name: 'CLIENT PAUSE WRITE holds up writes alone',
    play: async (t) => {
      const known = new Known(t);
      const [pauser, reader, writer] = [
        await known.connect('pauser'),
        await known.connect('reader'),
        await known.connect('writer'),
      ];
      const [scripted, publisher] = [await known.connect('scripted'), await known.connect('publisher')];
      await pauser.calls(['SET k 1', 'CLIENT PAUSE 60000 WRITE']);
      writer.sendAll(['GET k', 'SET k 2', 'GET k']);
      await writer.read();
      scripted.sendAll(['EVAL redis.call("INCR",KEYS[1]) 1 n', 'PING']);
      publisher.sendAll(['PFCOUNT h', 'PUBLISH c m']);
      for (const peer of [writer, scripted, publisher]) await known.flagged(pauser, peer, 'b');
      await reader.calls([
        'GET k',
        'SET k',
        'EVAL_RO return(1) 0',
        'MULTI',
        'GET k',
        'EXEC',
        'XREAD BLOCK 10 STREAMS none $',
      ]);
      await pauser.calls(['GET k', 'CLIENT UNPAUSE']);
      await writer.reads(2);
      await scripted.reads(2);
      await publisher.reads(2);
      await pauser.calls(['SET k 9', 'GET k']);
    },
  },
  {
    name: 'CLIENT PAUSE of everything ends by itself',
    play: async (t) => {
      const [pauser, other] = [await t.connect('pauser'), await t.connect('other')];
      await pauser.calls(['SET k 1', 'CLIENT PAUSE 150']);
      other.sendAll(['GET k', 'SET k 2', 'GET k']);
      await other.reads(3);
      await pauser.calls([
        'MULTI',
        'SET k 3',
        'CLIENT PAUSE 100 ALL',
        'SET k 4',
        'EXEC',
        'GET k',
        'CLIENT UNPAUSE',
      ]);
      await pauser.calls(['CLIENT PAUSE 100 WRITE', 'GET k', 'SET k 5', 'CLIENT PAUSE 0', 'SET k 6']);
    },
  },
  {
    name: 'a client that is paused can be killed, and its command has not run',
    play: async (t) => {
      const known = new Known(t);
      const [pauser, victim] = [await known.connect('pauser'), await known.connect('victim')];
      await pauser.calls(['SET k 1', 'CLIENT PAUSE 60000 WRITE']);
      victim.send('SET', 'k', '2');
      await known.flagged(pauser, victim, 'b');
      t.note(JSON.stringify(await pauser.quiet('CLIENT', 'KILL', 'ID', known.idOf(victim))));
      await victim.closed();
      await pauser.calls(['CLIENT UNPAUSE', 'GET k']);
    },
  },
  commandsCase('CLIENT PAUSE wrong forms', [
    'CLIENT PAUSE',
    'CLIENT PAUSE x',
    'CLIENT PAUSE -1',
    'CLIENT PAUSE 1.5',
    'CLIENT PAUSE 10 x',
    'CLIENT PAUSE x y',
    'CLIENT PAUSE 99999999999999999999',
    'CLIENT UNPAUSE x',
    'CLIENT PAUSE 0 WRITE',
    'CLIENT UNPAUSE',
    'SET k 1',
  ]),
];

const users: readonly ConformanceCase[] = [
  {
    name: 'the clients of a deleted user are disconnected',
    play: async (t) => {
      const known = new Known(t);
      const admin = await known.connect('admin');
      await admin.quiet('ACL', 'SETUSER', 'ann', 'reset', 'on', '>secret', '~*', '&*', '+@all');
      await admin.quiet('ACL', 'SETUSER', 'bob', 'reset', 'on', '>secret', '~*', '&*', '+@all');
      const ann = [await known.connect('ann1'), await known.connect('ann2'), await known.connect('ann3')];
      const bob = await known.connect('bob');
      for (const peer of ann) await peer.call('AUTH', 'ann', 'secret');
      await bob.calls(['AUTH bob secret', 'SET k 1']);
      await ann[1].call('SUBSCRIBE', 'c');
      ann[2].send('BLPOP', 'none', '0');
      await known.flagged(admin, ann[2], 'b');
      await admin.calls([
        'ACL DELUSER',
        'ACL DELUSER nobody',
        'ACL DELUSER default',
        'ACL DELUSER ann nobody',
      ]);
      for (const peer of ann) await peer.closed();
      await bob.calls(['GET k', 'ACL WHOAMI', 'ACL DELUSER bob']);
      await bob.closed();
      await admin.calls(['AUTH ann secret', 'PING', 'ACL WHOAMI']);
    },
  },
  {
    name: 'a subscriber whose channels are taken away is disconnected, others stay',
    play: async (t) => {
      const known = new Known(t);
      const admin = await known.connect('admin');
      await admin.quiet('ACL', 'SETUSER', 'ann', 'reset', 'on', '>secret', '~*', '&*', '+@all');
      const [hears, works] = [await known.connect('hears'), await known.connect('works')];
      await hears.calls(['AUTH ann secret', 'SUBSCRIBE c']);
      await works.calls(['AUTH ann secret', 'SET k 1']);
      await admin.quiet('ACL', 'SETUSER', 'ann', 'resetchannels', '&other');
      await hears.closed();
      await works.calls(['GET k', 'ACL WHOAMI', 'PUBLISH c m']);
      await admin.quiet('ACL', 'SETUSER', 'ann', 'off');
      await works.calls(['GET k', 'ACL WHOAMI']);
      await admin.quiet('ACL', 'DELUSER', 'ann');
      await works.closed();
    },
  },
  {
    name: 'permissions for commands about clients are the user’s',
    play: async (t) => {
      const known = new Known(t);
      const admin = await known.connect('admin');
      await admin.quiet(
        'ACL',
        'SETUSER',
        'ann',
        'reset',
        'on',
        '>secret',
        '~*',
        '+@all',
        '-@admin',
        '-client|setname',
      );
      const ann = await known.connect('ann');
      await ann.calls([
        'AUTH ann secret',
        'CLIENT LIST',
        'CLIENT KILL 1.2.3.4:5',
        'CLIENT KILL ID 5',
        'CLIENT PAUSE 5',
      ]);
      await ann.calls([
        'CLIENT UNPAUSE',
        'CLIENT UNBLOCK 5',
        'CLIENT SETNAME x',
        'CLIENT GETNAME',
        'CLIENT NO-EVICT ON',
      ]);
      await ann.calls(['MULTI', 'CLIENT GETNAME', 'CLIENT KILL ID 5', 'EXEC', 'ACL DELUSER ann']);
      await admin.quiet('ACL', 'SETUSER', 'ann', '-client', '-select');
      await ann.calls(['CLIENT ID', 'CLIENT INFO', 'CLIENT GETNAME', 'SELECT 1', 'SELECT 0', 'SET k 1']);
      await admin.quiet('ACL', 'DELUSER', 'ann');
    },
  },
  {
    name: 'a user that may not SELECT stays in the database where it logged in',
    play: async (t) => {
      const [admin, ann] = [await t.connect('admin'), await t.connect('ann')];
      await admin.quiet('ACL', 'SETUSER', 'ann', 'reset', 'on', '>secret', '~*', '+@all', '-select');
      await ann.calls([
        'SELECT 4',
        'AUTH ann secret',
        'SET k four',
        'SELECT 0',
        'GET k',
        'MULTI',
        'GET k',
        'EXEC',
      ]);
      await admin.calls(['GET k', 'SELECT 4', 'GET k', 'DEL k', 'ACL DELUSER ann']);
    },
  },
];

export const clientCases: readonly ConformanceCase[] = [...killed, ...waiting, ...users];
