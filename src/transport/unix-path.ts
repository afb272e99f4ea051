/**
 * Files of listening unix sockets: a crashed process leaves its file behind, and a live one must not lose it.
 * Any thread. Cold: at start and stop only.
 */
import { lstatSync, unlinkSync } from 'node:fs';
import { connect } from 'node:net';
import { errorCode } from './names.ts';

/**
 * Removes a socket file that nobody listens on. Resolves with '' when the path is free, else with the errno name:
 * `EADDRINUSE` when somebody listens or when the file is no socket.
 */
export async function clearStaleSocket(path: string): Promise<string> {
  try {
    if (!lstatSync(path).isSocket()) return 'EADDRINUSE';
  } catch (error) {
    return errorCode(error) === 'ENOENT' ? '' : errorCode(error);
  }
  const answer = await tryConnect(path);
  if (answer === 'ENOENT') return '';
  if (answer !== 'ECONNREFUSED') return 'EADDRINUSE';
  try {
    unlinkSync(path);
    return '';
  } catch (error) {
    return errorCode(error) === 'ENOENT' ? '' : errorCode(error);
  }
}

function tryConnect(path: string): Promise<string> {
  return new Promise((resolve) => {
    const socket = connect({ path });
    socket.once('connect', () => {
      socket.destroy();
      resolve('');
    });
    socket.once('error', (error) => resolve(errorCode(error)));
  });
}

/** The file's identity, to remove later only what was made here; undefined when it is gone. */
export function socketInode(path: string): number | undefined {
  try {
    return lstatSync(path).ino;
  } catch {
    return undefined;
  }
}

/** Removes the socket file unless another one has taken its place. */
export function removeSocket(path: string, inode: number | undefined): void {
  if (inode === undefined || socketInode(path) !== inode) return;
  try {
    unlinkSync(path);
  } catch {
    // Somebody else was faster; the goal is reached.
  }
}
