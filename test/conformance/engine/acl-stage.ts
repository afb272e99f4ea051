/** What cases about users have in common. */
import { type ConformanceCase, commandsCase, type Peer } from '../transcript.ts';

/** On a connection of somebody who may do everything; the users are gone afterwards. */
export function usersCase(
  name: string,
  users: readonly string[],
  commands: readonly string[],
): ConformanceCase {
  return {
    // Its texts are older than those of 7.2.
    notOn: ['redis-7.0'],
    ...commandsCase(name, [...commands, `ACL DELUSER ${users.join(' ')}`, 'ACL LIST']),
  };
}

/** A client logged in as `user`, beside a client that may do everything. */
export function loginCase(
  name: string,
  rules: string,
  play: (user: Peer, all: Peer) => Promise<void>,
): ConformanceCase {
  return {
    name,
    play: async (t) => {
      const all = await t.connect('all');
      await all.calls(['FLUSHALL', 'ACL LOG RESET', `ACL SETUSER user on nopass ${rules}`]);
      const user = await t.connect('user');
      await user.call('AUTH', 'user', 'any');
      await play(user, all);
      await all.calls(['ACL DELUSER user', 'ACL LOG RESET', 'FLUSHALL']);
    },
  };
}

/** Fields of the log that are the same on every server. */
export async function showLog(peer: Peer, ...count: string[]): Promise<void> {
  const entries = (await peer.quiet('ACL', 'LOG', ...count)) as unknown[][];
  const fields = ['count', 'reason', 'context', 'object', 'username'];
  for (const entry of entries) {
    peer.write(fields.map((field) => `${field}=${String(entry[entry.indexOf(field) + 1])}`).join(' '));
  }
  peer.write(`${entries.length} entries`);
}
