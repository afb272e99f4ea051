/**
 * Asks a server whether connections may be set up the way a client wants them. Worker thread.
 * Cold: once per HELLO, AUTH or SELECT.
 */
import { asciiBytes, equalBytes } from '../base/bytes.ts';
import { OK } from '../resp/constants.ts';
import { FrameWriter } from '../resp/encode.ts';
import type { CommandLane } from '../upstream/command-lane.ts';
import { type LinkContext, writeLogin } from '../upstream/handshake.ts';
import type { ReplyTarget } from '../upstream/reply-target.ts';
import { INTERNAL_COMMAND } from '../upstream/services.ts';
import type { LoginWish } from './ports.ts';

const MINUS = 0x2d;
const PING = asciiBytes('PING');
const NOAUTH = asciiBytes('-NOAUTH ');

/**
 * `target` gets the server's HELLO, `+OK` from a server without it, or the server's error. A lane that is up proves
 * that its login was right once, and that somebody was allowed its database; the server is asked about this client.
 */
export function checkLane(
  lane: CommandLane,
  context: LinkContext,
  wish: LoginWish,
  target: ReplyTarget,
  session: number,
  sequence: number,
): void {
  const writer = new FrameWriter(64);
  let asks = wish === 'login' && writeLogin(writer, context);
  if (wish === 'select') {
    // The lane is in that database already.
    writer.array(2);
    writer.text('SELECT');
    writer.number(context.database);
    asks = true;
  } else if (!asks) {
    writer.array(1);
    writer.bulk(PING, 0, PING.length);
  }
  const check = new LaneCheck(lane, target, asks);
  lane.send(writer.bytes, 0, writer.length, check, session, sequence, INTERNAL_COMMAND, undefined);
}

/** `-NOAUTH …`: the connection is up, and the server lets nobody do anything on it. */
function isNotLoggedIn(answer: Uint8Array): boolean {
  return equalBytes(answer, 0, NOAUTH.length, NOAUTH, 0, NOAUTH.length);
}

class LaneCheck implements ReplyTarget {
  readonly #lane: CommandLane;
  readonly #target: ReplyTarget;
  /** The reply is that of AUTH or SELECT; that of PING tells only whether a login is needed: the lane is set up. */
  readonly #isLogin: boolean;
  readonly #bytes = new FrameWriter(64);

  constructor(lane: CommandLane, target: ReplyTarget, isLogin: boolean) {
    this.#lane = lane;
    this.#target = target;
    this.#isLogin = isLogin;
  }

  reply(
    session: number,
    sequence: number,
    bytes: Uint8Array,
    start: number,
    end: number,
    last: boolean,
  ): void {
    this.#bytes.raw(bytes, start, end);
    if (!last) return;
    const answer = this.#bytes.bytes;
    const { hello } = this.#lane;
    if (answer[0] === MINUS && (this.#isLogin || isNotLoggedIn(answer))) {
      this.#target.reply(session, sequence, answer, 0, this.#bytes.length, true);
    } else if (hello === undefined) {
      this.#target.reply(session, sequence, OK, 0, OK.length, true);
    } else {
      this.#target.reply(session, sequence, hello.bytes, hello.start, hello.end, true);
    }
  }

  failed(session: number, sequence: number, text: string): void {
    this.#target.failed(session, sequence, text);
  }
}
