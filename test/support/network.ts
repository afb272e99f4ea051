/**
 * A network namespace of its own for a server, with one cable to the rest of the machine that can be cut: then nothing
 * that is sent arrives, and nobody is told. Needs Linux, the `ip` program and the rights of an administrator. Addresses
 * are those for links (169.254.0.0/16), which no machine passes on.
 */
import { execFileSync } from 'node:child_process';
import { onCleanup } from './cleanup.ts';

export interface TestNetwork {
  /** Of the namespace, for `ip netns exec`. */
  readonly name: string;
  /** Where a server in it is reached. */
  readonly address: string;
  /** The other end: servers outside listen there to be reached from inside. */
  readonly outside: string;
  cut(): void;
  mend(): void;
}

let made = 0;

function ip(...words: string[]): void {
  execFileSync('ip', words, { stdio: ['ignore', 'ignore', 'pipe'], timeout: 30_000 });
}

/** Why there can be none here; '' where there can. */
export function reasonForNoNetwork(): string {
  const name = `lockstep-${process.pid}-try`;
  try {
    ip('netns', 'add', name);
  } catch (error) {
    return `network namespaces are not permitted here: ${(error as Error).message.trim()}`;
  }
  try {
    ip('-n', name, 'link', 'add', 'cable', 'type', 'veth', 'peer', 'name', 'other');
    return '';
  } catch (error) {
    return `virtual cables are not permitted here: ${(error as Error).message.trim()}`;
  } finally {
    ip('netns', 'del', name);
  }
}

/** It ends behind the servers that are started after it. */
export function makeNetwork(): TestNetwork {
  made += 1;
  const name = `lockstep-${process.pid}-${made}`;
  // Names of interfaces have at most 15 characters.
  const cable = `ls${process.pid}x${made}`;
  const subnet = `169.254.${process.pid % 250}`;
  const first = 4 * (made % 63);
  const [outside, address] = [`${subnet}.${first + 1}`, `${subnet}.${first + 2}`];
  ip('netns', 'add', name);
  onCleanup(() => ip('netns', 'del', name));
  ip('link', 'add', cable, 'type', 'veth', 'peer', 'name', 'inside', 'netns', name);
  ip('addr', 'add', `${outside}/30`, 'dev', cable);
  ip('link', 'set', cable, 'up');
  ip('-n', name, 'addr', 'add', `${address}/30`, 'dev', 'inside');
  ip('-n', name, 'link', 'set', 'lo', 'up');
  ip('-n', name, 'link', 'set', 'inside', 'up');
  return {
    name,
    address,
    outside,
    cut: () => ip('-n', name, 'link', 'set', 'inside', 'down'),
    mend: () => ip('-n', name, 'link', 'set', 'inside', 'up'),
  };
}
