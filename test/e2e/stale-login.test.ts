/** The password of a user changes while its clients are connected. */
import { expect, it } from 'vitest';
import { startGateway } from '../support/gateway.ts';
import { startServer } from '../support/servers.ts';

it('a client goes on where it was, and has to log in again for another database', async () => {
  const server = await startServer('valkey-9.1');
  const gateway = await startGateway({ primary: server.url });
  const [admin, dave] = [await server.client(), await gateway.client()];
  await admin.call('ACL', 'SETUSER', 'dave', 'on', '>first', '~*', '+@all');
  expect(await dave.call('AUTH', 'dave', 'first')).toBe('OK');
  expect(await dave.call('ACL', 'WHOAMI')).toBe('dave');
  expect(await admin.call('ACL', 'SETUSER', 'dave', 'resetpass', '>second')).toBe('OK');
  for (let round = 0; round < 3; round++) {
    expect(await dave.call('SELECT', 11)).toEqual({
      error: expect.stringMatching(/^WRONGPASS lockstep: the password of this client is no longer right/),
    });
    // It stays logged in, and in its database.
    expect(await dave.call('ACL', 'WHOAMI')).toBe('dave');
    expect(await dave.call('SET', 'dave:where', round)).toBe('OK');
    expect(await admin.call('GET', 'dave:where')).toBe(String(round));
  }
  expect(await dave.call('SELECT', 0)).toBe('OK');
  expect(await dave.call('AUTH', 'dave', 'second')).toBe('OK');
  expect(await dave.call('SELECT', 11)).toBe('OK');
  expect(await dave.call('GET', 'dave:where')).toBeNull();
  await admin.call('ACL', 'DELUSER', 'dave');
  for (const client of [admin, dave]) client.close();
});
