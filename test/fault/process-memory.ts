/** Resident memory of a process, from /proc. */
import * as fs from 'node:fs';

export function residentBytes(pid: number): number {
  const line = /VmRSS:\s+(\d+) kB/.exec(fs.readFileSync(`/proc/${pid}/status`, 'utf8'));
  if (line === null) throw new Error(`process ${pid} shows no resident memory`);
  return Number(line[1]) * 1024;
}

/** Remembers the greatest of many looks, until `stop` or the end of the process. */
export function watchMemory(pid: number): { readonly stop: () => number } {
  let greatest = residentBytes(pid);
  const timer = setInterval(() => {
    try {
      greatest = Math.max(greatest, residentBytes(pid));
    } catch {
      clearInterval(timer);
    }
  }, 50);
  return {
    stop: () => {
      clearInterval(timer);
      return greatest;
    },
  };
}
