/**
 * CLIENT TRACKING where client ids are the gateway's own (pooled sessions), or where a client may hear of invalidations
 * on a connection beside its own. Worker thread. Cold: the command is rare. Everything but ids is left to the server:
 * options, errors, replies.
 */
import { isInteger64, parseInteger } from '../base/bytes.ts';
import type { CommandTable } from '../commands/table.ts';
import { isError } from '../resp/reply.ts';
import { argumentText, copyFrame, replaceArgument, wholeFrame } from './frames.ts';
import type { Frame } from './ports.ts';
import type { Session } from './session.ts';
import type { Redirection } from './tracking.ts';

const NONE = -1;
const NOT_BRIDGED =
  'ERR lockstep: CLIENT TRACKING on a cluster needs connections that speak the protocol of the client';
/** No server gives a connection this id: what names a client that is not there is refused in the server's own words. */
const NO_CLIENT = '9223372036854775807';

export class TrackingChange {
  readonly command: number;

  constructor(table: CommandTable) {
    this.command = table.byName('client|tracking');
  }

  /** False: the command can be sent where the session's commands go, and its reply is the client's. */
  handle(session: Session, frame: Frame): boolean {
    const { own, host } = session;
    const isRedirected = session.bridge?.redirects === true;
    if (own.isAlways && !isRedirected && !host.protocols.mayListenBeside) return false;
    const mode = argumentText(frame, 2).toLowerCase();
    // It leaves nothing behind where nothing is on.
    const matters = mode === 'on' || (mode === 'off' && (own.tracking.isOn || own.inTransaction));
    if (!matters) return false;
    if ((!own.isPinned || host.settings.isCluster) && session.waitsForIdle(frame)) return true;
    if (host.settings.isCluster && session.bridge !== undefined) {
      session.answer((writer) => writer.error(NOT_BRIDGED));
      return true;
    }
    own.isPinned = true;
    const sequence = session.openReply();
    const at = mode === 'on' ? redirectArgument(frame) : NONE;
    if (at === NONE && mode === 'on' && isRedirected && findOption(frame, 'redirect') === NONE) {
      this.#redirect(session, sequence, copyFrame(frame));
      return true;
    }
    if (at === NONE) {
      this.#send(session, sequence, frame, mode === 'on', undefined);
      return true;
    }
    const client = parseInteger(frame.bytes, frame.spans[2 * at], frame.spans[2 * at + 1]);
    const copy = copyFrame(frame);
    // Input waits from here on.
    session.tap(sequence, () => {});
    const found = (server: number): void => {
      if (session.isClosed) return;
      // Nodes name no client, but the frame goes on as one that does.
      const text = server < 0 ? NO_CLIENT : String(host.settings.isCluster ? client : server);
      const redirection = own.isAlways && server === client ? undefined : { client, server };
      this.#send(session, sequence, replaceArgument(copy, at, text), true, redirection);
    };
    if (own.isAlways) this.#findPinned(session, client, found);
    else host.redirects.find(client, found);
    return true;
  }

  /** With pinned sessions the id is the server's. Who is none of the gateway's clients is left to the server. */
  #findPinned(session: Session, serverId: number, done: (serverId: number) => void): void {
    const { directory, redirects } = session.host;
    directory.ask({ type: 'clients', ids: undefined }, ({ clients, owned }) => {
      const owner = serverId > 0 ? owned.find(([, id]) => id === serverId)?.[0] : undefined;
      const target = clients.find((one) => one.session === owner);
      if (target === undefined) done(serverId);
      else redirects.find(target.id, done);
    });
  }

  /** Where the server speaks RESP2 with this connection, it sends invalidations to another one or none. */
  #redirect(session: Session, sequence: number, frame: Frame): void {
    session.tap(sequence, () => {});
    session.bridge!.findInvalidations((server, error) => {
      if (session.isClosed) return;
      if (server < 0) {
        session.failed(session.id, sequence, error);
        return;
      }
      const args = ['REDIRECT', String(server)];
      for (let at = frame.count - 1; at >= 0; at--) args.unshift(argumentText(frame, at));
      this.#send(session, sequence, wholeFrame(args), true, { client: 0, server });
    });
  }

  #send(
    session: Session,
    sequence: number,
    frame: Frame,
    isOn: boolean,
    redirection: Redirection | undefined,
  ): void {
    const { own } = session;
    const apply = (): void => {
      if (isOn) own.tracking.turnedOn(redirection);
      else own.tracking.turnedOff();
    };
    if (own.inTransaction) {
      session.tap(sequence, () => {});
      own.afterExec({ apply });
    } else {
      session.tap(sequence, (reply) => {
        if (!isError(reply)) apply();
      });
    }
    own.send(sequence, this.command, frame);
  }
}

/** The argument with the id of CLIENT TRACKING's REDIRECT, or -1 where there is none that is a number. */
function redirectArgument(frame: Frame): number {
  const at = findOption(frame, 'redirect') + 1;
  if (at === 0 || at >= frame.count) return NONE;
  return isInteger64(frame.bytes, frame.spans[2 * at], frame.spans[2 * at + 1]) ? at : NONE;
}

/** Where CLIENT TRACKING has this option, or -1. */
function findOption(frame: Frame, option: string): number {
  for (let at = 3; at < frame.count; at++) {
    const word = argumentText(frame, at).toLowerCase();
    if (word === option) return at;
    if (word === 'prefix' || word === 'redirect') at += 1;
  }
  return NONE;
}
