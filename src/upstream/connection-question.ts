/**
 * Asks a server, on a connection of its own, what it makes of another connection. Worker thread. Cold: only when one
 * has been silent for long.
 */
import { FrameWriter } from '../resp/encode.ts';
import { decodeReply, isError, replyText } from '../resp/reply.ts';
import type { Endpoint } from './endpoint.ts';
import type { LinkContext } from './handshake.ts';
import { Link, type LinkOwner } from './link.ts';
import type { WorkerServices } from './services.ts';

/** How the server has answered. */
export type Finding = 'busy' | 'done' | 'unknown';

export class ConnectionQuestion implements LinkOwner {
  readonly oldestSentAtMs = Infinity;
  readonly isParked = true;
  readonly #serverId: number;
  readonly #idleMs: number;
  readonly #link: Link;
  readonly #reply = new FrameWriter();
  isOpen = true;
  /** Undefined as long as there is no answer. */
  finding: Finding | undefined = undefined;

  /**
   * `context`: who is to ask; `serverId`: the server's id of the connection. One from which nothing has come there for
   * `idleMs` sends nothing more.
   */
  constructor(
    services: WorkerServices,
    endpoint: Endpoint,
    context: LinkContext,
    serverId: number,
    idleMs: number,
  ) {
    this.#serverId = serverId;
    this.#idleMs = idleMs;
    this.#link = new Link(services, endpoint, { ...context, resp: 2, database: 0, name: '' }, this);
    this.#link.open();
  }

  linkReady(): void {
    const writer = new FrameWriter();
    writer.array(4);
    for (const word of ['CLIENT', 'LIST', 'ID']) writer.text(word);
    writer.number(this.#serverId);
    this.#link.write(writer.bytes, 0, writer.length);
  }

  linkPiece(bytes: Uint8Array, start: number, end: number, _first: boolean, last: boolean): void {
    this.#reply.raw(bytes, start, end);
    if (!last) return;
    const reply = decodeReply(this.#reply.bytes, 0, this.#reply.length);
    // It may have no time for questions, or this user may not ask them.
    this.finding = isError(reply) ? 'unknown' : findingOf(replyText(reply), this.#serverId, this.#idleMs);
    this.#link.close();
  }

  linkLost(): void {
    this.isOpen = false;
  }

  linkDrained(): void {
    // The question is short.
  }

  close(): void {
    this.#link.close();
  }
}

/** What an answer to CLIENT LIST says. Servers describe one client per line, by `name=value`. */
export function findingOf(answer: string, serverId: number, idleMs: number): Finding {
  const line = answer.split('\n').find((one) => one.startsWith(`id=${serverId} `));
  // It has ended there, and word of that has not come.
  if (line === undefined) return 'done';
  const fields = new Map(line.split(' ').map((field) => field.split('=', 2) as [string, string]));
  const flags = fields.get('flags');
  const [unread, parsed, idle] = ['qbuf', 'argv-mem', 'idle'].map((name) => Number(fields.get(name)));
  if (flags === undefined || Number.isNaN(unread + parsed + idle)) return 'unknown';
  // A paused command, or one that waits for another thread, blocks its client as BLPOP does.
  if (flags.includes('b')) return 'busy';
  // Part of a command is there, and the rest is still coming.
  return unread + parsed > 0 && idle * 1000 < idleMs ? 'busy' : 'done';
}
