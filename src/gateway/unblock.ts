/**
 * Lets go of a command that blocks on a server, without losing what the server may just have given it. Worker thread.
 * Cold: once per client that leaves while it is blocked.
 */
import { asciiBytes, equalBytes } from '../base/bytes.ts';
import { FrameWriter } from '../resp/encode.ts';
import type { CommandLane } from '../upstream/command-lane.ts';
import { INTERNAL_COMMAND } from '../upstream/services.ts';
import type { SessionConnection } from '../upstream/session-connection.ts';

const MINUS = 0x2d;
const UNBLOCKED = asciiBytes('-UNBLOCKED ');

/** Asks on `lane`; a server that will not do it (NOPERM, or no CLIENT UNBLOCK) has the connection closed instead. */
export function unblockConnection(
  lane: CommandLane,
  connection: SessionConnection,
  how: 'ERROR' | 'TIMEOUT',
): void {
  if (!connection.ready) return;
  if (connection.serverId < 0) {
    connection.cut();
    return;
  }
  const writer = new FrameWriter(64);
  writer.array(4);
  writer.text('CLIENT');
  writer.text('UNBLOCK');
  writer.number(connection.serverId);
  writer.text(how);
  const cut = (): void => connection.cut();
  const target = {
    reply: (_session: number, _sequence: number, bytes: Uint8Array, start: number): void => {
      if (bytes[start] === MINUS) cut();
    },
    failed: cut,
  };
  lane.send(writer.bytes, 0, writer.length, target, 0, 0, INTERNAL_COMMAND, undefined);
}

/** The reply of a command that CLIENT UNBLOCK … ERROR has ended. */
export function isUnblocked(bytes: Uint8Array, start: number, end: number): boolean {
  return (
    end - start > UNBLOCKED.length &&
    equalBytes(bytes, start, start + UNBLOCKED.length, UNBLOCKED, 0, UNBLOCKED.length)
  );
}
