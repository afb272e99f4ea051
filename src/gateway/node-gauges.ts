/**
 * The gauges of a target's nodes. One server has the number 0. The nodes of a cluster get numbers from the main thread,
 * the same in all workers, when they are first seen; and each of them is asked whether it answers. Worker thread.
 * Cold: ten ticks a second.
 */
import type { TargetIndex } from '../telemetry/metrics.ts';
import { ClusterLane } from '../upstream/cluster-lane.ts';
import type { CommandLane } from '../upstream/command-lane.ts';
import { HealthCheck } from '../upstream/health.ts';
import type { WorkerServices } from '../upstream/services.ts';
import type { Upstream } from '../upstream/upstream.ts';
import type { FromWorker } from './control.ts';

export class NodeGauges {
  readonly #services: WorkerServices;
  readonly #target: TargetIndex;
  readonly #upstream: Upstream;
  readonly #post: (message: FromWorker) => void;
  readonly #intervalMs: number;
  /** Of a cluster, by number. */
  #names: readonly string[] = [];
  /** Names for which a number was asked. */
  readonly #asked = new Set<string>();
  /** Names with a gauge. */
  #shown = new Set<string>();
  /** By index of the node in the topology. */
  readonly #checks = new Map<number, HealthCheck>();

  constructor(
    services: WorkerServices,
    target: TargetIndex,
    upstream: Upstream,
    intervalMs: number,
    post: (message: FromWorker) => void,
  ) {
    this.#services = services;
    this.#target = target;
    this.#upstream = upstream;
    this.#post = post;
    this.#intervalMs = intervalMs;
  }

  named(names: readonly string[]): void {
    this.#names = names;
  }

  /** `connections`, `up` and `health`: of the target as a whole. */
  tick(base: CommandLane, connections: number, up: boolean, health: HealthCheck): void {
    if (base instanceof ClusterLane) this.#tickCluster(base);
    else this.#services.metrics.setUpstream(this.#target, 0, connections, up, health.roundTripMs / 1000);
  }

  #tickCluster(base: ClusterLane): void {
    const { topology, connections } = this.#upstream.cluster!;
    const shown = new Set<string>();
    for (const { node, lane } of base.nodes.all) {
      const name = topology.nodes[node]!.endpoint.node;
      shown.add(name);
      let check = this.#checks.get(node);
      if (check === undefined) {
        check = new HealthCheck(this.#services, this.#upstream.role, this.#intervalMs, name);
        this.#checks.set(node, check);
      }
      check.tick(lane);
      // Others may know more of a node that is silent.
      if (!check.answers) topology.refresh();
      this.#set(name, connections[node] ?? 0, lane.up && check.answers, check.roundTripMs / 1000);
    }
    for (const name of this.#shown) if (!shown.has(name)) this.#forget(name);
    this.#shown = shown;
  }

  #set(name: string, connections: number, up: boolean, pingSeconds: number): void {
    const number = this.#names.indexOf(name);
    if (number >= 0) {
      this.#services.metrics.setUpstream(this.#target, number, connections, up, pingSeconds);
      return;
    }
    if (this.#asked.has(name)) return;
    this.#asked.add(name);
    this.#post({ type: 'nodes', target: this.#upstream.role, names: [name] });
  }

  #forget(name: string): void {
    const number = this.#names.indexOf(name);
    if (number >= 0) this.#services.metrics.forgetUpstream(this.#target, number);
  }
}
