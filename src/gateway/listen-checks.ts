/**
 * Whether the listeners of a configuration can be had, before workers rely on it. Main thread. Cold: at start and at a
 * reload.
 */
import { OperationalError } from '../base/errors.ts';
import { formatAddress, type SocketAddress } from '../config/address.ts';
import type { Config } from '../config/schema.ts';
import { createTransport } from '../transport/create.ts';
import { checkServerTls } from '../transport/tls.ts';
import type { ListenPlace } from './control.ts';

/** Throws OperationalError('tls_material') where a worker could not use a new certificate. */
export function checkListeners(config: Config): void {
  for (const [index, { tls }] of config.listen.entries()) {
    if (tls === null) continue;
    try {
      checkServerTls(tls.material);
    } catch (error) {
      if (!(error instanceof OperationalError)) throw error;
      throw new OperationalError(error.code, `listen[${index}].tls: ${error.message}`);
    }
  }
}

/** Binds each address once unshared: with SO_REUSEPORT a second gateway would quietly take half the clients. */
export async function probeAddresses(places: readonly ListenPlace[]): Promise<void> {
  const transport = createTransport('node');
  try {
    for (const { index, address } of places) {
      if (address.kind !== 'tcp' || address.port === 0) continue;
      try {
        const options = { address, backlog: 1, reusePort: false };
        (await transport.listen(options, () => undefined)).close();
      } catch (error) {
        if (!(error instanceof OperationalError)) throw error;
        const shown = formatAddress(address as SocketAddress);
        throw new OperationalError(error.code, `listen[${index}].address: ${shown}: ${error.message}`);
      }
    }
  } finally {
    transport.destroy();
  }
}
