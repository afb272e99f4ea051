/** HELLO, AUTH, SELECT, RESET, QUIT, CLIENT and what a session remembers. */
import { type ConformanceCase, commandsCase } from './transcript.ts';

export const sessionCases: readonly ConformanceCase[] = [
  {
    name: 'HELLO variants',
    play: async (t) => {
      const peer = await t.connect();
      await peer.calls([
        'HELLO',
        'HELLO 2',
        'HELLO 3',
        'HELLO',
        'HELLO 2',
        'HELLO 4',
        'HELLO abc',
        'HELLO 3 SETNAME named',
      ]);
      await peer.calls([
        'CLIENT GETNAME',
        'HELLO 2 AUTH default',
        'HELLO 3 AUTH default wrong',
        'HELLO 3 AUTH nobody wrong',
      ]);
      await peer.calls([
        'CLIENT GETNAME',
        'HELLO 3 BOGUS',
        'HELLO 3 SETNAME',
        'hello 2 auth default any setname other',
      ]);
      await peer.call('HELLO', '3', 'SETNAME', 'bad name');
      await peer.calls([
        'CLIENT GETNAME',
        'GET missing',
        'HGETALL missing',
        'HELLO 2',
        'GET missing',
        'HGETALL missing',
      ]);
    },
  },
  {
    name: 'HELLO in a pipeline changes the protocol from there on',
    play: async (t) => {
      const peer = await t.connect();
      peer.sendAll([
        'HSET h f v',
        'HGETALL h',
        'HELLO 3',
        'HGETALL h',
        'GET missing',
        'HELLO 2',
        'HGETALL h',
        'GET missing',
      ]);
      await peer.reads(8);
    },
  },
  commandsCase('AUTH errors', [
    'AUTH',
    'AUTH x',
    'AUTH default x',
    'AUTH nobody x',
    'AUTH a b c',
    'ACL WHOAMI',
    'PING',
  ]),
  {
    name: 'AUTH as another user',
    play: async (t) => {
      const admin = await t.connect('admin');
      await admin.call('ACL', 'SETUSER', 'alice', 'reset', 'on', '>secret', '~a*', '&*', '+@all', '-config');
      const [alice, other] = [await t.connect('alice'), await t.connect('other')];
      await alice.calls([
        'AUTH alice wrong',
        'ACL WHOAMI',
        'AUTH alice secret',
        'ACL WHOAMI',
        'SET a1 1',
        'GET a1',
        'GET b1',
      ]);
      await alice.calls([
        'CONFIG GET save',
        'MULTI',
        'GET b1',
        'EXEC',
        'MULTI',
        'GET a1',
        'EXEC',
        'BLPOP b2 0.05',
        'BLPOP a2 0.05',
      ]);
      await other.calls(['ACL WHOAMI', 'SET b1 1', 'GET b1']);
      alice.sendAll(['GET b1', 'AUTH default wrong', 'GET b1', 'RESET', 'ACL WHOAMI', 'GET b1']);
      await alice.reads(6);
      await other.calls(['HELLO 3 AUTH alice secret SETNAME al', 'CLIENT GETNAME', 'GET b1', 'GET a1']);
      other.send('SUBSCRIBE', 'x');
      await other.push();
      await admin.calls(['ACL DELUSER alice']);
    },
  },
  {
    name: 'SELECT keeps databases apart',
    play: async (t) => {
      const [a, b] = [await t.connect('a'), await t.connect('b')];
      await a.calls([
        'SELECT 1',
        'SET k one',
        'SELECT 16',
        'GET k',
        'SELECT abc',
        'SELECT -1',
        'SELECT',
        'SELECT 1 2',
        'GET k',
      ]);
      await b.calls(['GET k', 'SET k zero', 'SELECT 1', 'GET k']);
      a.sendAll([
        'SELECT 0',
        'GET k',
        'SELECT 1',
        'GET k',
        'SELECT 0',
        'GET k',
        'MOVE k 2',
        'SELECT 2',
        'GET k',
        'FLUSHDB',
      ]);
      await a.reads(10);
      await a.calls([
        'SELECT 1',
        'MULTI',
        'GET k',
        'SELECT 2',
        'SET k two',
        'EXEC',
        'GET k',
        'BLPOP l 0.02',
        'SELECT 0',
        'GET k',
      ]);
      await b.calls([
        'SELECT 2',
        'GET k',
        'WATCH k',
        'MULTI',
        'GET k',
        'EXEC',
        'FLUSHDB',
        'SWAPDB 0 1',
        'SELECT 0',
        'GET k',
      ]);
    },
  },
  {
    name: 'RESET',
    play: async (t) => {
      const peer = await t.connect();
      await peer.calls([
        'HELLO 3',
        'CLIENT SETNAME x',
        'SELECT 1',
        'SET k 1',
        'RESET',
        'CLIENT GETNAME',
        'GET k',
        'HGETALL none',
      ]);
      await peer.calls(['MULTI', 'SET k 1', 'RESET', 'EXEC', 'GET k', 'WATCH k', 'RESET', 'RESET now']);
      peer.sendAll(['SUBSCRIBE c', 'RESET', 'GET k', 'PING']);
      await peer.reads(4);
    },
  },
  {
    name: 'RESET leaves the connection the same',
    pinnedOnly: true,
    play: async (t) => {
      const peer = await t.connect();
      const id = await peer.quiet('CLIENT', 'ID');
      await peer.calls(['HELLO 3', 'SELECT 1', 'MULTI', 'RESET', 'CLIENT INFO']);
      peer.write(`same id: ${(await peer.quiet('CLIENT', 'ID')) === id}`);
      await peer.calls(['SET k 1', 'SELECT 1', 'GET k']);
    },
  },
  {
    name: 'a client that the server closes hears nothing more',
    pinnedOnly: true,
    play: async (t) => {
      const [a, b] = [await t.connect('a'), await t.connect('b')];
      const id = String(await a.quiet('CLIENT', 'ID'));
      a.sendAll(['SET k 1', 'BLPOP none 0', 'GET k']);
      await a.read();
      b.write(`killed: ${await b.quiet('CLIENT', 'KILL', 'ID', id)}`);
      await a.closed();
    },
  },
  {
    name: 'QUIT answers what came before and nothing after',
    play: async (t) => {
      const [a, b, c] = [await t.connect('a'), await t.connect('b'), await t.connect('c')];
      a.sendAll(['SET k 1', 'INCR k', 'QUIT', 'INCR k', 'INCR k']);
      await a.closed();
      b.raw('QUIT\r\n');
      await b.closed();
      await c.calls(['GET k', 'MULTI', 'INCR k', 'quit']);
      await c.closed();
      const last = await t.connect('last');
      await last.call('GET', 'k');
    },
  },
  commandsCase('CLIENT names', [
    'CLIENT GETNAME',
    'CLIENT SETNAME my-name',
    'CLIENT GETNAME',
    'CLIENT SETNAME',
    'CLIENT SETNAME a b',
    'client setname lower',
    'CLIENT GETNAME',
    'CLIENT',
    'CLIENT BOGUS',
    'CLIENT GETNAME x',
  ]),
  commandsCase('CLIENT SETINFO', [
    'CLIENT SETINFO LIB-NAME lib',
    'CLIENT SETINFO LIB-VER 1.2',
    'CLIENT SETINFO lib-name x{y}',
    'CLIENT SETINFO BOGUS x',
    'CLIENT SETINFO LIB-NAME',
    'CLIENT SETINFO LIB-NAME a b',
  ]),
  {
    name: 'CLIENT SETNAME refuses odd characters and an empty name clears it',
    play: async (t) => {
      const peer = await t.connect();
      await peer.call('CLIENT', 'SETNAME', 'with space');
      await peer.call('CLIENT', 'SETNAME', 'with\nnewline');
      await peer.calls(['CLIENT SETNAME set', 'CLIENT GETNAME']);
      await peer.call('CLIENT', 'SETNAME', '');
      await peer.call('CLIENT', 'GETNAME');
    },
  },
  {
    name: 'CLIENT ID and INFO are of this client',
    play: async (t) => {
      const [a, b] = [await t.connect('a'), await t.connect('b')];
      const [idA, idB] = [await a.quiet('CLIENT', 'ID'), await b.quiet('CLIENT', 'ID')];
      t.note(`numbers ${typeof idA} ${typeof idB}, different ${idB !== idA}`);
      await a.calls(['CLIENT SETNAME me', 'SELECT 3']);
      const info = String(await a.quiet('CLIENT', 'INFO'));
      t.note(String(info.match(/(?<!-)\b(name|db|sub|psub|multi|user|resp|flags)=\S*/g)));
      t.note(`own id ${info.includes(`id=${idA} `)}`);
      await a.calls(['SELECT 0', 'MULTI', 'CLIENT ID', 'DISCARD']);
      t.note(`stable ${idA === (await a.quiet('CLIENT', 'ID'))}`);
    },
  },
  commandsCase('CLIENT switches', [
    'CLIENT NO-EVICT ON',
    'CLIENT NO-EVICT OFF',
    'CLIENT NO-EVICT maybe',
    'CLIENT NO-EVICT',
    'CLIENT NO-TOUCH ON',
    'CLIENT NO-TOUCH OFF',
    'CLIENT NO-TOUCH maybe',
    'CLIENT GETREDIR',
    'CLIENT TRACKINGINFO',
    'CLIENT CACHING YES',
    'CLIENT REPLY bogus',
    'CLIENT TRACKING bogus',
  ]),
  commandsCase('CLIENT commands about others', [
    'CLIENT UNPAUSE',
    'CLIENT LIST TYPE bogus',
    'CLIENT KILL',
    'CLIENT KILL 1.2.3.4:5',
    'CLIENT KILL ID 999999',
    'CLIENT KILL TYPE bogus',
    'CLIENT UNBLOCK 999999',
    'CLIENT UNBLOCK abc',
    'CLIENT PAUSE abc',
  ]),
  {
    name: 'CLIENT REPLY OFF, ON and SKIP',
    play: async (t) => {
      const peer = await t.connect();
      peer.sendAll(['CLIENT REPLY OFF', 'SET k 1', 'INCR k', 'NOSUCH', 'CLIENT REPLY ON', 'GET k']);
      await peer.reads(2);
      peer.sendAll([
        'CLIENT REPLY SKIP',
        'INCR k',
        'INCR k',
        'CLIENT REPLY SKIP',
        'CLIENT REPLY SKIP',
        'INCR k',
        'GET k',
      ]);
      await peer.reads(2);
      await peer.settle();
    },
  },
  {
    name: 'CLIENT TRACKING invalidates through a push',
    play: async (t) => {
      const [reader, writer] = [await t.connect('reader'), await t.connect('writer')];
      await reader.calls(['HELLO 3', 'CLIENT TRACKING ON', 'CLIENT TRACKINGINFO', 'GET k']);
      await writer.call('SET', 'k', '1');
      await reader.push();
      await reader.calls(['GET k', 'CLIENT TRACKING OFF', 'CLIENT TRACKINGINFO']);
      await writer.call('SET', 'k', '2');
      await reader.calls(['CLIENT TRACKING ON BCAST PREFIX p', 'PING']);
      await writer.calls(['SET other 1', 'SET p1 1']);
      await reader.push();
    },
  },
  {
    name: 'CLIENT KILL ends another client',
    play: async (t) => {
      const [victim, killer] = [await t.connect('victim'), await t.connect('killer')];
      const id = await victim.quiet('CLIENT', 'ID');
      killer.write('kills');
      t.note(`killed ${JSON.stringify(await killer.quiet('CLIENT', 'KILL', 'ID', String(id)))}`);
      await victim.closed();
      await killer.settle();
    },
  },
  {
    name: 'a client that half-closes still gets its replies',
    play: async (t) => {
      const peer = await t.connect();
      peer.sendAll(['SET k 1', 'INCR k', 'GET k']);
      peer.client.end();
      await peer.closed();
      t.note(`reset ${peer.client.closeError !== undefined}`);
    },
  },
];
