/** Users: clients that log in, that lose their users or what they listen to, and what is logged of them. */
import { waitUntil } from '../../support/wait.ts';
import type { ConformanceCase } from '../transcript.ts';
import { loginCase, showLog } from './acl-stage.ts';

export const aclClientCases: readonly ConformanceCase[] = [
  loginCase('a client whose user is deleted is disconnected', '+@all ~*', async (user, all) => {
    await user.call('PING');
    await all.call('ACL', 'DELUSER', 'user');
    await user.closed();
  }),
  loginCase('a client deletes its own user', '+@all ~*', async (user) => {
    await user.call('ACL', 'DELUSER', 'user');
    await user.closed();
  }),
  loginCase('a client that waits is disconnected with its user', '+@all ~*', async (user, all) => {
    user.send('BLPOP', 'l', '0');
    await waitUntil(async () => String(await all.quiet('CLIENT', 'LIST')).includes('cmd=blpop'), 'it waits');
    await all.call('ACL', 'DELUSER', 'user');
    await user.closed();
    await all.calls(['RPUSH l x', 'LLEN l']);
  }),
  {
    // It does not look again.
    notOn: ['redis-7.0'],
    ...loginCase(
      'a command that has waited is refused when the rights are gone',
      '+blpop ~*',
      async (user, all) => {
        user.send('BLPOP', 'l', '0');
        await waitUntil(
          async () => String(await all.quiet('CLIENT', 'LIST')).includes('cmd=blpop'),
          'it waits',
        );
        await all.calls(['CONFIG RESETSTAT', 'ACL SETUSER user resetkeys', 'RPUSH l x']);
        await user.read('BLPOP');
        await all.call('LLEN', 'l');
        await showLog(all);
        const figures = String(await all.quiet('INFO', 'stats', 'commandstats'));
        all.write(String(/cmdstat_blpop.*/.exec(figures)?.[0].trim()));
        const denied = async (): Promise<number> =>
          Number(/acl_access_denied_key:(\d+)/.exec(String(await all.quiet('INFO', 'stats')))?.[1]);
        const before = await denied();
        await user.call('BLPOP', 'l', '0');
        await all.call('CONFIG', 'RESETSTAT');
        all.write(`denied ${(await denied()) - before} more`);
      },
    ),
  },
  loginCase(
    'clients that lose channels are disconnected',
    '+@all resetchannels &a &b*',
    async (user, all) => {
      await user.calls(['SUBSCRIBE a', 'PSUBSCRIBE b*']);
      await all.call('ACL', 'SETUSER', 'user', 'resetchannels', '&a', '&b*', '&c');
      await user.call('PING');
      await all.call('ACL', 'SETUSER', 'user', 'allchannels');
      await user.call('PING');
      await all.call('ACL', 'SETUSER', 'user', 'resetchannels', '&a', '&b?');
      await user.closed();
    },
  ),
  loginCase('a subscriber keeps what it may have', '+@all resetchannels &a &b*', async (user, all) => {
    await user.calls(['SUBSCRIBE a', 'SSUBSCRIBE a']);
    await all.call('ACL', 'SETUSER', 'user', 'resetchannels', '&?');
    await user.call('PING');
    await all.call('PUBLISH', 'a', 'x');
    await user.read('message');
    await all.call('ACL', 'SETUSER', 'user', 'resetchannels');
    await user.closed();
  }),
  loginCase('CLIENT LIST and KILL know users', '+@all', async (user, all) => {
    await user.call('CLIENT', 'SETNAME', 'who');
    const list = String(await all.quiet('CLIENT', 'LIST'));
    all.write(String(/name=who .* user=(\S*)/.exec(list)?.[1]));
    await all.calls(['CLIENT KILL USER nosuch', 'CLIENT KILL USER user']);
    await user.closed();
  }),
  {
    notOn: ['redis-7.0'],
    name: 'requirepass, and the user default',
    play: async (t) => {
      const a = await t.connect('a');
      await a.calls([
        'AUTH x',
        'CONFIG SET requirepass secret',
        'CONFIG GET requirepass',
        'PING',
        'ACL WHOAMI',
      ]);
      const b = await t.connect('b');
      await b.calls([
        'PING',
        'nosuch',
        'GET',
        'MULTI',
        'ACL WHOAMI',
        'HELLO 3',
        'HELLO 3 AUTH default x',
        'AUTH x',
      ]);
      await b.calls([
        'AUTH default x',
        'RESET',
        'AUTH secret',
        'PING',
        'ACL GETUSER default',
        'RESET',
        'PING',
      ]);
      await b.calls(['HELLO 2 AUTH default secret', 'PING', 'QUIT']);
      const c = await t.connect('c');
      await c.calls(['QUIT']);
      await a.calls([
        'CONFIG SET requirepass other',
        'AUTH secret',
        'AUTH other',
        'ACL SETUSER default nopass',
      ]);
      await a.calls([
        'CONFIG GET requirepass',
        'AUTH other',
        'CONFIG SET requirepass',
        'ACL SETUSER default off',
      ]);
      const d = await t.connect('d');
      await d.calls(['PING', 'AUTH default x', 'AUTH x']);
      await a.call('CONFIG', 'SET', 'requirepass', '');
      await a.calls(['ACL SETUSER default on', 'ACL LIST']);
      await d.calls(['PING', 'ACL LOG RESET']);
    },
  },
  {
    notOn: ['redis-7.0'],
    name: 'HELLO with users',
    play: async (t) => {
      const a = await t.connect('a');
      await a.calls(['ACL LOG RESET', 'ACL SETUSER one on >p1 +@all', 'ACL SETUSER two on >p2 +@connection']);
      await a.calls(['HELLO 2 AUTH one p1 SETNAME n', 'ACL WHOAMI', 'CLIENT GETNAME']);
      await a.calls(['HELLO 2 AUTH one wrong SETNAME m', 'CLIENT GETNAME', 'ACL WHOAMI']);
      await a.calls([
        'HELLO 2 AUTH no x AUTH two p2 AUTH one p1',
        'ACL WHOAMI',
        'HELLO 3 AUTH two p2',
        'ACL WHOAMI',
      ]);
      await a.calls(['CLIENT ID x', 'GET a', 'AUTH default x', 'HELLO 2']);
      await showLog(a);
      await a.calls(['ACL DELUSER one two', 'ACL LOG RESET']);
    },
  },
  {
    // Its log has no ids, and knows other contexts.
    notOn: ['redis-7.0'],
    ...loginCase('ACL LOG puts like events together', '+get +set +multi ~a', async (user, all) => {
      await user.calls([
        'GET b',
        'GET b',
        'SET b x',
        'GET b',
        'AUTH user2 x',
        'AUTH default x',
        'AUTH user x',
        'INCR a',
      ]);
      await user.calls(['MULTI', 'INCR a', 'INCR a']);
      await showLog(all);
      await showLog(all, '2');
      await showLog(all, '0');
      const ids = async (): Promise<void> => {
        const entries = (await all.quiet('ACL', 'LOG')) as unknown[][];
        const found = entries.map((entry) => Number(entry[entry.indexOf('entry-id') + 1]));
        all.write(`ids ${found.map((id) => id - Math.min(...found)).join(' ')}`);
      };
      await ids();
      await all.calls(['CONFIG SET acllog-max-len 2']);
      await showLog(all);
      await user.calls(['GET c']);
      await showLog(all);
      await all.call('CONFIG', 'SET', 'acllog-max-len', '0');
      await showLog(all);
      await user.calls(['GET c']);
      await showLog(all);
      await all.call('CONFIG', 'SET', 'acllog-max-len', '128');
    }),
  },
  {
    notOn: ['redis-7.0'],
    name: 'acl-pubsub-default',
    play: async (t) => {
      const a = await t.connect('a');
      await a.calls([
        'CONFIG SET acl-pubsub-default allchannels',
        'ACL SETUSER n',
        'ACL SETUSER n (+get)',
        'ACL LIST',
      ]);
      await a.calls([
        'ACL SETUSER n resetchannels reset',
        'ACL LIST',
        'CONFIG SET acl-pubsub-default resetchannels',
      ]);
      await a.calls([
        'ACL LIST',
        'ACL SETUSER n reset',
        'ACL LIST',
        'ACL DELUSER n',
        'CONFIG GET acl-pubsub-default',
      ]);
    },
  },
];
