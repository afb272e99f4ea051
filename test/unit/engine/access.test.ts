/** Users on several workers: engines over the same memory, whose mail is delivered when the test says so. */
import { describe, expect, it } from 'vitest';
import { Arena, failAllocation } from '../../../src/memory/arena.ts';
import { makeEngine, type TestEngine } from './in-process-engine.ts';

function workers(count: number): TestEngine[] {
  const first = makeEngine({ workers: count });
  const others = Array.from({ length: count - 1 }, (_, index) =>
    makeEngine({ workers: count, worker: index + 1, memory: first.memory }),
  );
  return [first, ...others];
}

describe('users of several workers', () => {
  it('are there at once on all of them', () => {
    const [one, two] = workers(2);
    const [admin, other] = [one.client(), two.client()];
    expect(admin.line('ACL SETUSER u on >p +get ~a')).toBe('+OK\r\n');
    expect(other.line('AUTH u p')).toBe('+OK\r\n');
    expect(other.line('GET a')).toBe('$-1\r\n');
    expect(admin.line('ACL SETUSER u -get')).toBe('+OK\r\n');
    // Before the mail has come: who has few rights is looked at with each command.
    expect(other.line('GET a')).toBe("-NOPERM User u has no permissions to run the 'get' command\r\n");
    expect(admin.line('ACL LOG')).toContain('object\r\n$3\r\nget');
  });

  it('lose rights that were all of them when mail comes', () => {
    const [one, two] = workers(2);
    const [admin, other] = [one.client(), two.client()];
    admin.line('ACL SETUSER default -set');
    two.engine.mailbox.receive();
    expect(other.line('SET a b')).toContain('-NOPERM');
    expect(other.line('GET a')).toBe('$-1\r\n');
    other.line('ACL SETUSER default +@all');
    one.engine.mailbox.receive();
    expect(admin.line('SET a b')).toBe('+OK\r\n');
  });

  it('are changed by both without losing anything', () => {
    const engines = workers(2);
    const clients = engines.map((engine) => engine.client());
    for (let round = 0; round < 20; round++) clients[round % 2].line(`ACL SETUSER u${round} on ~${round}`);
    clients[0].line('ACL SETUSER u0 +get');
    clients[1].line('ACL SETUSER u0 +set');
    const lists = clients.map((client) => client.line('ACL LIST'));
    expect(lists[0]).toBe(lists[1]);
    expect(lists[0]).toContain('user u0 on ~0 resetchannels -@all +get +set');
    expect(lists[0].match(/user u/g)?.length).toBe(20);
  });

  it('go with their clients, also where the name comes back before the mail', () => {
    const [one, two] = workers(2);
    const [admin, other] = [one.client(), two.client()];
    admin.line('ACL SETUSER u on nopass +@all ~* &*');
    other.line('AUTH u x');
    admin.line('ACL DELUSER u');
    admin.line('ACL SETUSER u on nopass +@all ~* &*');
    two.engine.mailbox.receive();
    expect(other.client.closing).toBe(true);
    expect(two.engine.clients.size).toBe(0);
  });

  it('lose subscribers on all workers', () => {
    const [one, two] = workers(2);
    const [admin, other, kept] = [one.client(), two.client(), two.client()];
    admin.line('ACL SETUSER u on nopass +@all resetchannels &a* &b');
    for (const client of [other, kept]) client.line('AUTH u x');
    other.line('SUBSCRIBE a1');
    kept.line('SUBSCRIBE b');
    admin.line('ACL SETUSER u resetchannels &b');
    admin.line('ACL SETUSER u allchannels');
    two.engine.mailbox.receive();
    expect([other.client.closing, kept.client.closing]).toEqual([true, false]);
  });

  it('do not get what their rights do not allow any more when they have waited', () => {
    const [one, two] = workers(2);
    const [admin, other] = [one.client(), two.client()];
    admin.line('ACL SETUSER u on nopass +blpop ~*');
    other.line('AUTH u x');
    other.line('BLPOP l 0');
    admin.line('ACL SETUSER u resetkeys');
    expect(admin.line('RPUSH l x')).toBe(':1\r\n');
    two.engine.mailbox.receive();
    expect(other.pushed).toBe('-NOPERM No permissions to access a key\r\n');
    expect(admin.line('LLEN l')).toBe(':1\r\n');
  });

  it('get nothing when they are gone', () => {
    const [one, two] = workers(2);
    const [admin, other] = [one.client(), two.client()];
    admin.line('ACL SETUSER u on nopass +blpop ~*');
    other.line('AUTH u x');
    other.line('BLPOP l 0');
    admin.line('ACL DELUSER u');
    expect(admin.line('RPUSH l x')).toBe(':1\r\n');
    expect(admin.line('LLEN l')).toBe(':1\r\n');
    two.engine.mailbox.receive();
    two.engine.later.resume();
    expect(admin.line('LLEN l')).toBe(':1\r\n');
    expect(other.client.closing).toBe(true);
  });
});

describe('room for users', () => {
  it('is limited, and what does not fit changes nothing', () => {
    const { client, memory } = makeEngine();
    const admin = client();
    admin.line('ACL SETUSER u on');
    const before = admin.line('ACL LIST');
    const long = `~${'x'.repeat(5 * 1024 * 1024)}`;
    const refusal = '-ERR lockstep: there is no room for so many users and rules\r\n';
    expect(admin.call('ACL', 'SETUSER', 'u', long)).toBe(refusal);
    failAllocation(Arena.attach(memory.access), 1);
    expect(admin.line('ACL SETUSER u off')).toBe(refusal);
    expect(admin.line('ACL LIST')).toBe(before);
    expect(admin.line('ACL SETUSER u off')).toBe('+OK\r\n');
  });

  it('is kept for the log by leaving out the oldest', () => {
    const { client } = makeEngine();
    const [admin, user] = [client(), client()];
    admin.line('CONFIG SET acllog-max-len 100000');
    admin.line('ACL SETUSER u on nopass +get');
    user.line('AUTH u x');
    for (let at = 0; at < 1100; at++) user.call('GET', `${at}:${'k'.repeat(20_000)}`);
    const entries = admin.line('ACL LOG 100000').split('timestamp-created').length - 1;
    expect(entries).toBeGreaterThan(500);
    expect(entries).toBeLessThan(1100);
    expect(admin.line('ACL LOG 1')).toContain('1099:kkk');
    expect(admin.line('ACL LOG RESET')).toBe('+OK\r\n');
    expect(admin.line('ACL LOG')).toBe('*0\r\n');
  });
});
