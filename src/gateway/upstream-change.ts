/**
 * Another primary or shadow while the gateway runs. Main thread. Cold: at a reload.
 *
 * First the new server is asked whether it answers; when it does not, nothing changes. For another primary all workers
 * hold back the commands of their clients, and let them go when all of them are at the new one.
 */
import { OperationalError } from '../base/errors.ts';
import { within } from '../base/within.ts';
import { isMoved } from '../config/live-upstreams.ts';
import type { Config } from '../config/schema.ts';
import type { Logger } from '../telemetry/log.ts';
import { upstreamEndpoint } from './settings.ts';
import type { WorkerPeer } from './worker-peer.ts';

export class UpstreamChange {
  readonly #peers: readonly WorkerPeer[];
  readonly #logger: Logger;
  /** Names of both targets' nodes in the metrics. */
  readonly #nodes: readonly [string[], string[]];

  constructor(peers: readonly WorkerPeer[], logger: Logger, nodes: readonly [string[], string[]]) {
    this.#peers = peers;
    this.#logger = logger;
    this.#nodes = nodes;
  }

  /** `apply` makes the workers go by the new configuration. Throws OperationalError('upstream_unreachable'). */
  async make(old: Config, next: Config, apply: () => Promise<void>): Promise<void> {
    const moved = (['primary', 'shadow'] as const).filter((role) => isMoved(role, old, next));
    for (const role of moved) await this.#ask(role, next);
    if (moved.includes('primary')) await this.#whileHeld(next.limits.drainTimeoutMs, apply);
    else await apply();
    for (const role of moved) {
      const { endpoint } = upstreamEndpoint(role, next[role], next);
      this.#nodes[role === 'primary' ? 0 : 1][0] = endpoint.node;
      this.#logger.info(`the ${role} is here now`, { at: endpoint.node });
    }
  }

  async #ask(role: 'primary' | 'shadow', config: Config): Promise<void> {
    // The worker that talks to both.
    const [peer] = this.#peers;
    const answer = peer.next('tried');
    peer.tell({ type: 'try', role, config });
    const { problem } = await answer;
    if (problem === '') return;
    const { endpoint } = upstreamEndpoint(role, config[role], config);
    const message = `${role}.url: ${endpoint.node} cannot be used, so nothing is changed: ${problem}`;
    throw new OperationalError('upstream_unreachable', message);
  }

  async #whileHeld(limitMs: number, apply: () => Promise<void>): Promise<void> {
    const held = Promise.all(this.#peers.map((peer) => peer.next('held')));
    for (const peer of this.#peers) peer.tell({ type: 'hold', isOn: true });
    try {
      // A primary that owes replies for so long will not give them: those who wait are told that it was lost.
      if (!(await within(held, limitMs)))
        this.#logger.warn(
          'clients were still waiting for replies of the old primary when limits.drainTimeoutMs ended',
        );
      await apply();
    } finally {
      for (const peer of this.#peers) peer.tell({ type: 'hold', isOn: false });
    }
  }
}
