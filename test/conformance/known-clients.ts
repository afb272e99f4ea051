/** The clients of a case as CLIENT LIST shows them: who is who, and clients in every state. */
import { waitUntil } from '../support/wait.ts';
import type { Peer, Transcript } from './transcript.ts';

/** Fields that tell what a client is doing; others are sizes, times and addresses. */
export const SHOWN = [
  'name',
  'flags',
  'capa',
  'db',
  'sub',
  'psub',
  'ssub',
  'multi',
  'watch',
  'cmd',
  'user',
  'redir',
  'resp',
  'lib-name',
  'lib-ver',
];

/** The peers of a case by their ids, to write down whom a line is about. */
export class Known {
  readonly #t: Transcript;
  readonly #names = new Map<string, { readonly name: string; readonly peer: Peer }>();

  constructor(t: Transcript) {
    this.#t = t;
  }

  async connect(name: string): Promise<Peer> {
    const peer = await this.#t.connect(name);
    this.#names.set(String(await peer.quiet('CLIENT', 'ID')), { name, peer });
    return peer;
  }

  idOf(wanted: Peer): string {
    for (const [id, { peer }] of this.#names) if (peer === wanted) return id;
    throw new Error('a peer of another case');
  }

  /** The lines about these peers, by name. Servers turn their lists around now and then. */
  describe(text: string, fields: readonly string[]): string[] {
    return text.split('\n').flatMap((line) => {
      const pairs = line.split(' ').map((pair) => pair.split('=') as [string, string]);
      const values = new Map(pairs);
      const known = this.#names.get(values.get('id') ?? '');
      if (known === undefined) return [];
      const redirected = this.#names.get(values.get('redir') ?? '')?.name;
      if (redirected !== undefined) values.set('redir', redirected);
      const shown = fields
        .filter((field) => values.has(field))
        .map((field) => `${field}=${values.get(field)}`);
      return [
        `${known.name}: ${shown.join(' ')}${ownAddress(known.peer, values) ? '' : ' AT ANOTHER ADDRESS'}`,
      ];
    });
  }

  /** Lists with a filter and writes down whom it shows. */
  async list(asker: Peer, ...filter: string[]): Promise<void> {
    const reply = await asker.quiet('CLIENT', 'LIST', ...filter);
    const label = filter.map((word) => this.#names.get(word)?.name ?? word).join(' ');
    if (typeof reply === 'string') {
      this.#t.note(`LIST ${label}: ${this.describe(reply, []).sort().join('')}`);
    } else this.#t.note(`LIST ${label}: ${JSON.stringify(reply)}`);
  }

  /** Waits until the line about a peer has this flag. */
  async flagged(asker: Peer, wanted: Peer, flag: string): Promise<void> {
    const pattern = new RegExp(`^id=${this.idOf(wanted)} .* flags=\\S*${flag}`, 'm');
    await waitUntil(async () => pattern.test(String(await asker.quiet('CLIENT', 'LIST'))), `flag ${flag}`);
  }
}

function ownAddress(peer: Peer, values: ReadonlyMap<string, string>): boolean {
  const { localPort, remotePort } = peer.client.socket;
  return values.get('addr') === `127.0.0.1:${localPort}` && values.get('laddr') === `127.0.0.1:${remotePort}`;
}

export function addressOf(peer: Peer): string {
  return `127.0.0.1:${peer.client.socket.localPort}`;
}

/** Clients in every state that CLIENT LIST tells apart. */
export async function everyKind(known: Known): Promise<Peer[]> {
  const peers: Record<string, Peer> = {};
  const names = [
    'plain',
    'named',
    'resp3',
    'multi',
    'watching',
    'blocked',
    'sub',
    'psub3',
    'tracking',
    'db5',
  ];
  for (const name of names) peers[name] = await known.connect(name);
  await peers.named.quiet('CLIENT', 'SETNAME', 'some-name');
  await peers.named.quiet('CLIENT', 'SETINFO', 'LIB-NAME', 'library');
  await peers.named.quiet('CLIENT', 'SETINFO', 'lib-ver', '1.2.3');
  await peers.resp3.quiet('HELLO', '3', 'SETNAME', 'three');
  await peers.multi.calls(['MULTI', 'SET k 1', 'CLIENT LIST', 'GET k']);
  await peers.watching.calls(['SELECT 2', 'WATCH a b']);
  await peers.sub.calls(['SUBSCRIBE one']);
  peers.sub.send('PSUBSCRIBE', 'p*');
  await peers.sub.read();
  await peers.psub3.quiet('HELLO', '3');
  peers.psub3.send('PSUBSCRIBE', 'p*', 'q*');
  await peers.psub3.push();
  await peers.psub3.push();
  await peers.tracking.quiet('HELLO', '3');
  await peers.tracking.calls(['CLIENT TRACKING ON BCAST', 'CLIENT NO-EVICT ON']);
  await peers.db5.calls(['SELECT 5', 'GET k', 'NOSUCHCOMMAND']);
  peers.blocked.send('BLPOP', 'nothing', '0');
  await known.flagged(peers.plain, peers.blocked, 'b');
  return names.map((name) => peers[name]);
}
