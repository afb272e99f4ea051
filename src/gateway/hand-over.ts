/**
 * What one process tells another that takes over from it, and where they meet. Main thread. Cold: once per process. See
 * docs/rolling-restart.md. Passwords of clients go through the channel, and nowhere else.
 */
import { lstatSync, mkdirSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { OperationalError } from '../base/errors.ts';

/** Another number: the two do not understand each other. */
export const HAND_OVER_PROTOCOL = 1;

/** A client with nothing under way. Texts have one character per byte. */
export interface ClientState {
  readonly id: number;
  readonly protocol: 2 | 3;
  readonly database: number;
  readonly user: string | undefined;
  readonly password: string | undefined;
  readonly name: string;
  readonly libName: string;
  readonly libVersion: string;
  readonly replyMode: 'on' | 'off' | 'skip';
  readonly createdAtMs: number;
  readonly lastActiveMs: number;
  readonly commands: number;
  readonly bytesIn: number;
  readonly bytesOut: number;
  /** What has come and has not been begun on, in base64: that way it is text, and not readable by chance. */
  readonly unread: string;
}

/** With the descriptor of its socket, which belongs to whoever has the object. */
export interface MovingClient {
  readonly descriptor: number;
  readonly state: ClientState;
}

/** In this order, where all goes well; the channel ends when nothing is left in the old process. */
export type ToOld =
  | { readonly type: 'hello'; readonly protocol: number; readonly version: string }
  /** The new process is there but for its listeners: the descriptor of `admin.listen` please. */
  | { readonly type: 'give-admin' }
  | { readonly type: 'give-listeners' }
  /** It accepts clients. */
  | { readonly type: 'serving' }
  /** So many clients more are its own now. Said before it reads from any of them. */
  | { readonly type: 'taken'; readonly count: number };

export type ToNew =
  | {
      readonly type: 'welcome';
      readonly protocol: number;
      readonly version: string;
      readonly addresses: readonly string[];
    }
  | { readonly type: 'refused'; readonly reason: string }
  /** With its descriptor. */
  | { readonly type: 'admin' }
  /** With its descriptors. */
  | { readonly type: 'listener'; readonly address: string }
  /** All listeners have come; clients have ids up to this one. */
  | { readonly type: 'listeners-over'; readonly lastClientId: number }
  /** With a descriptor for each. */
  | { readonly type: 'clients'; readonly clients: readonly ClientState[] };

/** The socket of the gateway whose admin API is at this address. Throws OperationalError('take_over_failed'). */
export function meetingPlace(admin: string): string {
  const runtime = process.env.XDG_RUNTIME_DIR;
  const user = process.geteuid?.() ?? 0;
  const folder =
    runtime === undefined || runtime === ''
      ? path.join(tmpdir(), `lockstep-${user}`)
      : path.join(runtime, 'lockstep');
  try {
    mkdirSync(folder, { recursive: true, mode: 0o700 });
    const found = lstatSync(folder);
    if (!found.isDirectory() || found.uid !== user || (found.mode & 0o077) !== 0)
      throw new OperationalError('take_over_failed', `${folder} is not a folder of this user alone`);
  } catch (error) {
    if (error instanceof OperationalError) throw error;
    const { code } = error as NodeJS.ErrnoException;
    throw new OperationalError('take_over_failed', `${folder} cannot be made: ${code}`, { cause: error });
  }
  return path.join(folder, `${admin}.socket`);
}
