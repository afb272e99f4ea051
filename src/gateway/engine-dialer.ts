/** How the engine of a worker connects to other servers: by the worker's transport. Worker thread. Cold. */
import type { DialEvents, Dialer } from '../engine/targets.ts';
import type { ConnectionHandler } from '../transport/transport.ts';
import type { WorkerServices } from '../upstream/services.ts';

/** More than this no timer takes. Whoever dials gives up on its own. */
const LONGEST_MS = 2 ** 31 - 1;
/** As the servers' `tcp-keepalive`. */
const KEEP_ALIVE_MS = 300_000;

export function makeDialer({ transport, after }: Pick<WorkerServices, 'transport' | 'after'>): Dialer {
  return {
    after: (delayMs, work) => after(Math.min(delayMs, LONGEST_MS), work),
    open: (host, port, events) => {
      const connection = transport.connect(
        {
          address: { kind: 'tcp', host, port },
          connectTimeoutMs: LONGEST_MS,
          keepAliveMs: KEEP_ALIVE_MS,
        },
        handlerOf(events, () => transport.close(connection, 0)),
      );
      return {
        get pendingBytes() {
          transport.flush();
          return transport.pendingBytes(connection);
        },
        write: (bytes, start, end) => transport.write(connection, bytes, start, end),
        close: () => transport.close(connection, 0),
      };
    },
  };
}

function handlerOf(events: DialEvents, close: () => void): ConnectionHandler {
  return {
    connected: () => events.connected(),
    data: (_connection, bytes, start, end) => events.data(bytes, start, end),
    ended: close,
    drained: () => events.drained(),
    closed: (_connection, error) => events.closed(error),
  };
}
