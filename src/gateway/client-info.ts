/** One client as CLIENT INFO shows it. Worker thread. */
import type { Session } from './session.ts';

/** A line without its end, in the servers' own form; addresses and sizes are those of the client's connection. */
export function describeClient(session: Session): string {
  const { services } = session.host;
  const { remote, local } = services.transport.peer(session.connection);
  // Servers show a unix socket as its path alone.
  const [address, localAddress] = [remote, local].map((name) => name.replace(/^unix:/, ''));
  const now = services.clock.nowMs;
  const { context } = session;
  const flags = `${session.own.inTransaction ? 'x' : ''}${session.own.isListening ? 'P' : ''}`;
  const command = session.lastCommand < 0 ? 'NULL' : services.table.labels[session.lastCommand];
  const fields: [string, string | number][] = [
    ['id', session.id],
    ['addr', address],
    ['laddr', localAddress],
    ['fd', session.connection],
    ['name', session.name],
    ['age', Math.floor((now - session.createdAtMs) / 1000)],
    ['idle', Math.floor((now - session.lastActiveMs) / 1000)],
    ['flags', flags === '' ? 'N' : flags],
    ['db', context.database],
    ['sub', 0],
    ['psub', 0],
    ['ssub', 0],
    ['multi', session.own.inTransaction ? 0 : -1],
    ['watch', session.own.isWatching ? 1 : 0],
    ['qbuf', session.bufferedBytes],
    ['qbuf-free', 0],
    ['argv-mem', 0],
    ['multi-mem', 0],
    ['rbs', 0],
    ['rbp', 0],
    ['obl', services.transport.pendingBytes(session.connection)],
    ['oll', 0],
    ['omem', session.replies.parkedBytes],
    ['tot-mem', 0],
    ['events', 'r'],
    ['cmd', command],
    ['user', context.user ?? 'default'],
    ['redir', -1],
    ['resp', context.resp],
    ['lib-name', session.libName],
    ['lib-ver', session.libVersion],
    ['tot-cmds', session.commandCount],
  ];
  return fields.map(([name, value]) => `${name}=${value}`).join(' ');
}
