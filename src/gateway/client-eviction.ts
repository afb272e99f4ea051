/**
 * `maxmemory-clients`: when all clients of the engine together take more than they may, those with the most are
 * disconnected, unless CLIENT NO-EVICT spares them. Each worker looks at its own once a second, and evicts one only
 * while no other worker has a larger one. Worker thread. Cold: once a second.
 */
import type { Engine } from '../engine/engine.ts';
import { settingNumber } from '../engine/settings.ts';
import { COUNT_EVICTED_CLIENTS, GAUGE_CLIENT_BYTES, GAUGE_LARGEST_CLIENT } from '../engine/statistics.ts';
import type { EngineSession } from './engine-session.ts';

const LIMIT = settingNumber('maxmemory-clients');
const MEMORY = settingNumber('maxmemory');

export class ClientEviction {
  readonly #engine: Engine;

  constructor(engine: Engine) {
    this.#engine = engine;
  }

  /** Measures all clients, and evicts those that there is no room for. */
  look(sessions: Iterable<EngineSession>): void {
    const { cells } = this.#engine.statistics;
    let sum = 0;
    const measured: { readonly session: EngineSession; readonly bytes: number }[] = [];
    for (const session of sessions) {
      // Who leaves takes nothing soon: nobody is to go in its place.
      if (session.client.closing) continue;
      const bytes = session.usedBytes();
      sum += bytes;
      if (!session.client.noEvict) measured.push({ session, bytes });
    }
    measured.sort((one, other) => other.bytes - one.bytes);
    // Without a limit as well: when there is one, another worker may look first, and must not evict a small client.
    cells[GAUGE_LARGEST_CLIENT] = measured[0]?.bytes ?? 0;
    cells[GAUGE_CLIENT_BYTES] = sum;
    const limit = this.#limitBytes();
    if (limit === 0) return;
    let more = this.#engine.statistics.total(GAUGE_CLIENT_BYTES) - limit;
    for (const { session, bytes } of measured) {
      cells[GAUGE_LARGEST_CLIENT] = bytes;
      if (more <= 0 || bytes < this.#engine.statistics.greatest(GAUGE_LARGEST_CLIENT)) return;
      session.kill('client_memory');
      cells[COUNT_EVICTED_CLIENTS] += 1;
      cells[GAUGE_CLIENT_BYTES] -= bytes;
      cells[GAUGE_LARGEST_CLIENT] = 0;
      more -= bytes;
    }
  }

  /** A share is one of `maxmemory`. 0: no limit. */
  #limitBytes(): number {
    const { numbers } = this.#engine.settings;
    return numbers[LIMIT] < 0 ? Math.floor((numbers[MEMORY] * -numbers[LIMIT]) / 100) : numbers[LIMIT];
  }
}
