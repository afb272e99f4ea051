/** Where clients reach one worker. Worker thread. Cold: once per listener. */
import { closeSync } from 'node:fs';
import type { CommandTable } from '../commands/table.ts';
import type { Config } from '../config/schema.ts';
import type { Listener, Transport } from '../transport/transport.ts';
import { isExposed } from './admission.ts';
import type { ClientHost } from './client-host.ts';
import type { ListenPlace } from './control.ts';
import { Face } from './face.ts';
import type { MovingClient } from './hand-over.ts';
import type { SessionHost } from './session-host.ts';
import { isClusterPrimary } from './settings.ts';

/** As the servers' `tcp-keepalive`: a client whose machine is gone does not stay for ever. */
const CLIENT_KEEP_ALIVE_MS = 300_000;

interface Parts {
  readonly transport: Transport;
  readonly table: CommandTable;
  readonly host: ClientHost;
  /** Several workers listen on one port. */
  readonly isShared: boolean;
}

interface Place {
  /** Of its settings in `config.listen`. */
  readonly index: number;
  readonly listener: Listener;
  readonly face: Face | undefined;
}

export class WorkerListeners {
  readonly #parts: Parts;
  readonly #places: Place[] = [];

  constructor(parts: Parts) {
    this.#parts = parts;
  }

  /** Answers what has been bound. Rejects with OperationalError('listen_failed'). */
  async listen(places: readonly ListenPlace[], config: Config): Promise<Required<ListenPlace>[]> {
    const bound: Required<ListenPlace>[] = [];
    const { transport, table, host, isShared } = this.#parts;
    for (const { index, address, descriptor } of places) {
      const { tls, backlog, unixMode } = config.listen[index];
      const options = {
        address,
        backlog,
        reusePort: isShared && address.kind === 'tcp',
        keepAliveMs: CLIENT_KEEP_ALIVE_MS,
        mode: Number.parseInt(unixMode, 8),
        ...(descriptor === undefined ? {} : { descriptor }),
        ...(tls === null ? {} : { tls: tls.material }),
      };
      const exposed = isExposed(config.listen[index], address);
      const face = Face.of(config.listen[index], table, isClusterPrimary(config));
      const listener = await transport.listen(options, (connection) =>
        host.accept(connection, exposed, face),
      );
      this.#places.push({ index, listener, face });
      bound.push({ index, address: listener.address, descriptor: listener.descriptor });
    }
    return bound;
  }

  /** New connections get the certificates of this configuration. */
  reconfigure(config: Config): void {
    for (const { index, listener } of this.#places) {
      const { tls } = config.listen[index];
      if (tls !== null) listener.replaceTls(tls.material);
    }
  }

  close(): void {
    for (const { listener } of this.#places.splice(0)) listener.close();
  }

  /** Another process goes on listening. */
  leave(): void {
    for (const { listener } of this.#places.splice(0)) listener.leave();
  }

  /** Clients of another process. Answers how many could not be taken: there is no room for them. */
  adopt(clients: readonly MovingClient[], host: SessionHost): number {
    let lost = 0;
    const begins: (() => void)[] = [];
    for (const { descriptor, state } of clients) {
      const connection = this.#parts.transport.adopt(descriptor, (id) => {
        const { session, begin } = host.adopt(id, state, this.#faceAt(id));
        begins.push(begin);
        return session;
      });
      if (connection >= 0) continue;
      closeSync(descriptor);
      lost += 1;
    }
    for (const begin of begins) begin();
    return lost;
  }

  /** What is shown to whoever has come to the same place as this client. */
  #faceAt(connection: number): Face | undefined {
    const { local } = this.#parts.transport.peer(connection);
    const port = local.slice(local.lastIndexOf(':') + 1);
    const place = this.#places.find(({ listener: { address } }) =>
      address.kind === 'unix' ? local.startsWith(`unix:${address.path}:`) : String(address.port) === port,
    );
    return place?.face;
  }
}
