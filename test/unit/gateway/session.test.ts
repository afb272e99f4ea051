/** Sessions between a client and a real primary, without a shadow. What a server does is asked of the server. */
import { beforeAll, describe, expect, it } from 'vitest';
import { encodeCommand, RawClient } from '../../support/raw-client.ts';
import { startServer, type TestServer } from '../../support/servers.ts';
import { waitUntil } from '../../support/wait.ts';
import { ScriptedServer } from '../upstream/scripted-server.ts';
import { type InProcess, startInProcess } from './in-process.ts';

let server: TestServer;
let gateway: InProcess;

beforeAll(async () => {
  server = await startServer('valkey-9.1');
  const admin = await server.client();
  await admin.call('ACL', 'SETUSER', 'ann', 'on', '>secret', '~*', '+@all');
  admin.close();
  gateway = await startInProcess({ primary: server.url });
});

/** What both say to the commands, with ids of clients made equal. */
async function onBoth(...commands: string[][]): Promise<{ ours: unknown; theirs: unknown }> {
  const results: unknown[] = [];
  for (const client of [await gateway.client(), await server.client()]) {
    const replies: string[] = [];
    for (const command of commands) {
      const bytes = await client.callBytes(...command);
      replies.push(bytes.toString('latin1').replace(/(\r\nid\r\n):\d+/, '$1:ID'));
    }
    results.push(replies);
    client.close();
  }
  return { ours: results[0], theirs: results[1] };
}

describe('HELLO, AUTH and SELECT', () => {
  it('take the options that the server takes, and refuse the others in its words', async () => {
    const hellos = [
      [],
      ['2'],
      ['3'],
      ['4'],
      ['x'],
      ['-1'],
      ['3.0'],
      ['03'],
      ['99999999999'],
      ['3', 'AUTH', 'ann', 'secret'],
      ['3', 'AUTH', 'ann', 'wrong'],
      ['3', 'AUTH', 'ann'],
      ['2', 'auth', 'ann', 'secret', 'setname', 'here'],
      ['3', 'SETNAME', 'a b'],
      ['3', 'SETNAME'],
      ['3', 'SETNAME', ''],
      ['3', 'NOSUCH', 'x'],
      ['3', 'SETNAME', 'x', 'NOSUCH'],
    ];
    for (const options of hellos) {
      const name = ['HELLO', ...options];
      const { ours, theirs } = await onBoth(name, ['CLIENT', 'GETNAME'], ['CONFIG', 'GET', 'port']);
      expect([name, ours]).toEqual([name, theirs]);
    }
  });

  it('change what follows, and nothing when they are refused', async () => {
    const { ours, theirs } = await onBoth(
      ['SELECT', '1'],
      ['SET', 'where', 'in 1'],
      ['SELECT', '16'],
      ['SELECT', '-1'],
      ['SELECT', 'x'],
      ['SELECT', '1.0'],
      ['SELECT'],
      ['GET', 'where'],
      ['AUTH', 'ann', 'wrong'],
      ['AUTH', 'ann', 'secret', 'more'],
      ['ACL', 'WHOAMI'],
      ['AUTH', 'ann', 'secret'],
      ['ACL', 'WHOAMI'],
      ['GET', 'where'],
      ['SELECT', '0'],
      ['EXISTS', 'where'],
    );
    expect(ours).toEqual(theirs);
  });

  it('inside of a transaction count when they have run there', async () => {
    const { ours, theirs } = await onBoth(
      ['MULTI'],
      ['SELECT', '99'],
      ['EXEC'],
      ['SET', 'tx', '0'],
      ['MULTI'],
      ['SELECT', '2'],
      ['DISCARD'],
      ['GET', 'tx'],
      ['MULTI'],
      ['GET', 'tx'],
      ['SELECT', '2'],
      ['EXEC'],
      ['SET', 'tx', '2'],
      ['RESET'],
      ['GET', 'tx'],
    );
    expect(ours).toEqual(theirs);
  });
});

describe('a connection of its own', () => {
  it('is not given to others with a transaction or watched keys on it', async () => {
    const [one, two] = await Promise.all([gateway.client(), gateway.client()]);
    await one.pipeline([['MULTI'], ['SET', 'mine', '1'], ['RESET']]);
    await one.pipeline([['WATCH', 'mine'], ['RESET']]);
    for (let round = 0; round < 3; round++) {
      expect(
        await two.pipeline([['WATCH', 'yours'], ['SET', 'mine', '2'], ['MULTI'], ['PING'], ['EXEC']]),
      ).toEqual(['OK', 'OK', 'OK', 'QUEUED', ['PONG']]);
    }
  });

  it('is used again by the next session once it is clean', async () => {
    const [client, direct] = await Promise.all([gateway.client(), server.client()]);
    const connections = async (): Promise<string | undefined> =>
      /total_connections_received:(\d+)/.exec(String(await direct.call('INFO', 'stats')))?.[1];
    const transaction = [['MULTI'], ['INCR', 'again'], ['EXEC']];
    await client.pipeline(transaction);
    const before = await connections();
    for (let round = 0; round < 5; round++) {
      const next = await gateway.client();
      await next.pipeline(transaction);
      next.close();
    }
    expect(await connections()).toBe(before);
  });

  it('is not used before everything on the lane is answered, nor the lane before everything there is', async () => {
    const scripted = await ScriptedServer.start();
    const one = await startInProcess({ primary: scripted.url });
    const client = await one.client();
    for (const words of [['SET', 'k', '1'], ['MULTI'], ['EXEC'], ['GET', 'k']]) client.sendCommand(...words);
    const set = await scripted.next('SET');
    expect(one.upstreams.executor.connections).toBe(1);
    set.answer('+OK\n');
    (await scripted.next('MULTI')).answer('+OK\n');
    const exec = await scripted.next('EXEC');
    expect(scripted.asked).toEqual([]);
    exec.answer('*0\n');
    (await scripted.next('GET')).answer('$1\n1\n');
    expect([await client.read(), await client.read(), await client.read(), await client.read()]).toEqual([
      'OK',
      'OK',
      [],
      '1',
    ]);
  });

  it('changes places with lanes without changing the order of commands', async () => {
    const client = await gateway.client();
    const commands: string[][] = [];
    const expected: unknown[] = [];
    for (let round = 0; round < 40; round++) {
      commands.push(['RPUSH', 'order', `${round}`], ['BLPOP', 'order', '0']);
      expected.push(1, ['order', `${round}`]);
      commands.push(['MULTI'], ['SET', 'order:k', `${round}`], ['EXEC'], ['GET', 'order:k']);
      expected.push('OK', 'QUEUED', ['OK'], `${round}`);
      commands.push(['SELECT', `${round % 2}`], ['DEL', 'order:k']);
      expected.push('OK', 1);
      // The value was written in the database of the round before.
      commands[commands.length - 1] = ['SELECT', '0'];
      expected[expected.length - 1] = 'OK';
    }
    expect(await client.pipeline(commands)).toEqual(expected);
  });
});

describe('CLIENT REPLY', () => {
  it('silences what it says, and the order of the rest stays', async () => {
    const client = await gateway.client();
    for (const command of [
      ['CLIENT', 'REPLY', 'SKIP'],
      ['SET', 'quiet', '1'],
      ['CLIENT', 'REPLY', 'OFF'],
      ['INCR', 'quiet'],
      ['NOSUCHCOMMAND'],
      ['HELLO', '9'],
      ['CLIENT', 'REPLY', 'ON'],
      ['GET', 'quiet'],
    ]) {
      client.sendCommand(...command);
    }
    expect([await client.read(), await client.read()]).toEqual(['OK', '2']);
  });
});

/** A client that sends everything and then says that no more will come, as `nc -N` does. */
async function sendAndEnd(...commands: string[][]): Promise<unknown[]> {
  const client = await gateway.client();
  client.send(Buffer.concat(commands.map(encodeCommand)));
  client.end();
  await client.waitForClose();
  const replies: unknown[] = [];
  while (client.unread > 0) replies.push(await client.read());
  return replies;
}

describe('a client that has sent all it has', () => {
  it('gets every reply, also to what could not be sent on at once', async () => {
    expect(await sendAndEnd(['HELLO', '3'], ['SET', 'end', '1'], ['GET', 'end'])).toHaveLength(3);
    expect(
      await sendAndEnd(['SET', 'end', '2'], ['MULTI'], ['INCR', 'end'], ['EXEC'], ['GET', 'end']),
    ).toEqual(['OK', 'OK', 'QUEUED', [3], '3']);
    expect(await sendAndEnd(['AUTH', 'ann', 'secret'], ['SELECT', '3'], ['SET', 'end', '1'])).toEqual([
      'OK',
      'OK',
      'OK',
    ]);
    expect(await sendAndEnd()).toEqual([]);
  });

  it('is gone when it is parked, and takes nothing', async () => {
    await sendAndEnd(['PING'], ['BLPOP', 'end:list', '0']);
    const client = await gateway.client();
    await waitUntil(async () => {
      const blocked = /blocked_clients:(\d+)/.exec(String(await client.call('INFO', 'clients')));
      return blocked?.[1] === '0';
    }, 'nobody to be blocked');
    await client.call('RPUSH', 'end:list', 'kept');
    expect(await client.call('LLEN', 'end:list')).toBe(1);
  });
});

describe('a primary that is lost', () => {
  it('after half of a reply that has left costs the client its connection', async () => {
    const scripted = await ScriptedServer.start();
    const one = await startInProcess({ primary: scripted.url });
    const client = await one.client();
    client.sendCommand('GET', 'half');
    const asked = await scripted.next('GET');
    asked.answer('$100\nhalf');
    await waitUntil(() => client.unreadBytes.length > 0, 'the first half');
    asked.cut();
    await client.waitForClose();
    expect(client.unread).toBe(0);
  });

  it('after half of a reply that has not left yet leaves an error in its place', async () => {
    const scripted = await ScriptedServer.start();
    const shadow = await ScriptedServer.start();
    // With a shadow, a command may wait for its slot while later ones are answered.
    const one = await startInProcess({ primary: scripted.url, shadow: shadow.url });
    const [client, other] = await Promise.all([one.client(), one.client()]);
    client.sendCommand('SELECT', '0');
    (await scripted.next('SELECT')).answer('+OK\n');
    await client.read();
    other.sendCommand('SELECT', '1');
    // Once for the connection, and once for the client's right to it.
    for (let asked = 0; asked < 2; asked++) (await scripted.next('SELECT')).answer('+OK\n');
    await other.read();
    other.sendCommand('SET', 'busy', '1');
    const busy = await scripted.next('SET');
    client.sendCommand('GET', 'busy');
    client.sendCommand('GET', 'half');
    const half = await scripted.next('GET', 'half');
    half.answer('$100\nhalf');
    await waitUntil(() => one.upstreams.executor.gate.waiting === 1, 'the first read to wait');
    const sessions = [...one.host.sessions.values()];
    const parked = (): number => sessions.reduce((sum, { replies }) => sum + replies.parkedBytes, 0);
    const halfBytes = await waitUntil(() => parked() || undefined, 'half of the second reply');
    half.cut();
    await waitUntil(() => parked() !== halfBytes, 'the loss');
    busy.answer('+OK\n');
    (await scripted.next('GET', 'busy')).answer('$1\n1\n');
    expect(await client.read()).toBe('1');
    expect(await client.read()).toMatchObject({
      error: expect.stringMatching(/outcome of this command is unknown/),
    });
    expect(client.unreadBytes).toHaveLength(0);
  });
});

it('closes what does not speak its protocol, after the replies it owes', async () => {
  const client = await RawClient.connect({
    host: '127.0.0.1',
    port: (await gateway.client()).socket.remotePort!,
  });
  client.send('PING\r\n*1\r\n$x\r\n');
  expect(await client.read()).toBe('PONG');
  expect(await client.read()).toEqual({ error: 'ERR Protocol error: invalid bulk length' });
  await client.waitForClose();
});
