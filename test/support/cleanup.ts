/**
 * What must not outlive a test file: processes and folders. Helpers register here; `setup.ts` runs the list after each
 * file, and the process kills what is left when it exits.
 */
import type { ChildProcess } from 'node:child_process';
import * as fs from 'node:fs';
import * as os from 'node:os';
import * as path from 'node:path';

const actions: (() => Promise<void> | void)[] = [];
const processes = new Set<ChildProcess>();
const folders = new Set<string>();

/** `action` runs once, after the current test file; the last registered runs first. */
export function onCleanup(action: () => Promise<void> | void): void {
  actions.push(action);
}

/** The process is killed when this one exits without having stopped it. */
export function trackProcess(child: ChildProcess): void {
  processes.add(child);
  child.once('exit', () => processes.delete(child));
}

/** A new folder below the system's folder for temporary files; removed after the test file unless it is kept. */
export function temporaryFolder(label: string): string {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), `lockstep-${label}-`));
  folders.add(folder);
  return folder;
}

/** Leaves a folder behind for a person to look at. */
export function keepFolder(folder: string): void {
  folders.delete(folder);
}

export function removeFolder(folder: string): void {
  folders.delete(folder);
  fs.rmSync(folder, { recursive: true, force: true });
}

/** Runs and forgets everything registered so far. Goes on after a failure and throws the first one at the end. */
export async function runCleanups(): Promise<void> {
  let failure: unknown;
  for (const action of actions.splice(0).reverse()) {
    try {
      await action();
    } catch (error) {
      failure ??= error;
    }
  }
  for (const folder of folders) removeFolder(folder);
  if (failure !== undefined) throw failure;
}

process.on('exit', () => {
  for (const child of processes) child.kill('SIGKILL');
  for (const folder of folders) removeFolder(folder);
});
