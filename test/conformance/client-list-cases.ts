/** CLIENT LIST and INFO: who is listed, and how. */
import { addressOf, everyKind, Known, SHOWN } from './known-clients.ts';
import type { ConformanceCase, Peer } from './transcript.ts';

/** Reads text that may be a verbatim string. */
async function text(peer: Peer, subcommand: string): Promise<string> {
  const reply = await peer.quiet('CLIENT', subcommand);
  return typeof reply === 'string' ? reply : (reply as { verbatim: string }).verbatim;
}

export const clientListCases: readonly ConformanceCase[] = [
  {
    name: 'CLIENT LIST shows what every kind of client is doing',
    play: async (t) => {
      const known = new Known(t);
      const [plain] = await everyKind(known);
      const list = String(await plain.quiet('CLIENT', 'LIST'));
      const fields = list
        .split('\n')[0]
        .split(' ')
        .map((pair) => pair.split('=')[0]);
      t.note(fields.join(' '));
      for (const line of known.describe(list, SHOWN).sort()) t.note(line);
    },
  },
  {
    name: 'CLIENT INFO shows what the client itself is doing',
    play: async (t) => {
      const known = new Known(t);
      const [, named, resp3, , watching, , , , tracking, db5] = await everyKind(known);
      for (const peer of [named, resp3, watching, tracking, db5]) {
        for (const line of known.describe(String(await text(peer, 'INFO')), SHOWN)) t.note(line);
      }
    },
  },
  {
    name: 'CLIENT LIST with filters',
    play: async (t) => {
      const known = new Known(t);
      const peers = await everyKind(known);
      const [plain, named, , multi, watching, blocked, sub] = peers;
      const ids = [multi, named, sub, named].map((peer) => known.idOf(peer));
      for (const type of ['normal', 'PUBSUB', 'replica', 'slave', 'master'])
        await known.list(plain, 'TYPE', type);
      await known.list(plain, 'ID', ...ids);
      await known.list(plain, 'ID', known.idOf(blocked));
      await known.list(plain, 'ID', '987654321');
      await known.list(plain, 'ID', ...ids, 'x');
      await known.list(plain, 'ID', '0');
      await known.list(plain, 'USER', 'default', 'NAME', 'some-name');
      await known.list(plain, 'USER', 'nobody');
      await known.list(plain, 'ADDR', addressOf(watching));
      await known.list(plain, 'NOT-ADDR', addressOf(watching), 'DB', '2');
      await known.list(plain, 'LADDR', `127.0.0.1:${plain.client.socket.remotePort}`, 'FLAGS', 'b');
      await known.list(plain, 'LADDR', '127.0.0.1:1');
      for (const option of ['FLAGS', 'NOT-FLAGS'])
        for (const flags of ['b', 'P', 'x', 'tB', 'N', 'q']) await known.list(plain, option, flags);
      await known.list(plain, 'LIB-NAME', 'library', 'LIB-VER', '1.2.3');
      await known.list(plain, 'NOT-LIB-NAME', 'library', 'NOT-TYPE', 'normal');
      await known.list(plain, 'IP', '127.0.0.1', 'SKIPME', 'yes', 'TYPE', 'normal');
      await known.list(plain, 'NOT-IP', '127.0.0.1');
      await known.list(plain, 'DB', '5');
      await known.list(plain, 'NOT-ID', ...ids, 'TYPE', 'normal');
      await known.list(plain, 'MAXAGE', '100000');
      await known.list(plain, 'IDLE', '100000');
      for (const wrong of [
        'TYPE',
        'TYPE x',
        'ID',
        'SKIPME maybe',
        'MAXAGE x',
        'MAXAGE 0',
        'IDLE 0',
        'DB 99',
        'X y',
      ])
        await known.list(plain, ...wrong.split(' '));
    },
  },
];
