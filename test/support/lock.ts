/**
 * A lock between processes: a folder that only one of them can create. Used where several test processes could do
 * the same slow thing at once. A lock whose holder is gone is taken over.
 */
import * as fs from 'node:fs';
import * as path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

const pollMs = 100;

/** Runs `action` while holding the lock at `folder`; waits at most `timeoutMs` for another holder, then throws. */
export async function withLock<T>(folder: string, action: () => Promise<T>, timeoutMs = 600_000): Promise<T> {
  const deadline = Date.now() + timeoutMs;
  while (!tryLock(folder)) {
    if (Date.now() > deadline) throw new Error(`another process holds the lock ${folder}`);
    await sleep(pollMs);
  }
  try {
    return await action();
  } finally {
    fs.rmSync(folder, { recursive: true, force: true });
  }
}

function tryLock(folder: string): boolean {
  fs.mkdirSync(path.dirname(folder), { recursive: true });
  try {
    fs.mkdirSync(folder);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
    if (holderIsGone(folder)) fs.rmSync(folder, { recursive: true, force: true });
    return false;
  }
  fs.writeFileSync(path.join(folder, 'pid'), String(process.pid));
  return true;
}

function holderIsGone(folder: string): boolean {
  let pid: number;
  try {
    pid = Number(fs.readFileSync(path.join(folder, 'pid'), 'utf8'));
  } catch {
    return ageMs(folder) > 5_000;
  }
  if (!Number.isInteger(pid) || pid <= 0) return ageMs(folder) > 5_000;
  try {
    process.kill(pid, 0);
    return false;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'ESRCH';
  }
}

function ageMs(folder: string): number {
  try {
    return Date.now() - fs.statSync(folder).mtimeMs;
  } catch {
    return 0;
  }
}
