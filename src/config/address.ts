/**
 * Socket addresses as people write them: `127.0.0.1:6379`, `[::1]:6379`, `localhost:0`, `unix:/run/lockstep.sock`.
 * Pure text, any thread. The shape is the transport's `Address`, which this folder must not import.
 */

export type SocketAddress =
  | { readonly kind: 'tcp'; readonly host: string; readonly port: number }
  | { readonly kind: 'unix'; readonly path: string };

/**
 * `HOST:PORT`, `[IPV6]:PORT` or `unix:PATH`; a missing port means `defaultPort` where one is given. Returns undefined
 * when the text is none of these. Port 0 is allowed.
 */
export function parseAddress(text: string, defaultPort?: number): SocketAddress | undefined {
  if (text.startsWith('unix:')) {
    const path = text.slice('unix:'.length).replace(/^\/\/(?=\/)/, '');
    return path === '' ? undefined : { kind: 'unix', path };
  }
  const match = /^(?:\[([0-9a-fA-F:.%]+)\]|([^\s:/@[\]]+))(?::(\d{1,5}))?$/.exec(text);
  if (match === null) return undefined;
  const host = match[1] ?? match[2];
  const port = match[3] === undefined ? defaultPort : Number(match[3]);
  if (host === undefined || port === undefined || port > 65535) return undefined;
  return { kind: 'tcp', host, port };
}

/** The text that `parseAddress` reads back. */
export function formatAddress(address: SocketAddress): string {
  if (address.kind === 'unix') return `unix:${address.path}`;
  return address.host.includes(':') ? `[${address.host}]:${address.port}` : `${address.host}:${address.port}`;
}

/** Whether only this machine can reach `host`. Names other than localhost count as reachable from outside. */
export function isLoopbackHost(host: string): boolean {
  const name = host.toLowerCase();
  return name === 'localhost' || name === '::1' || /^(?:::ffff:)?127(?:\.\d{1,3}){3}$/.test(name);
}
