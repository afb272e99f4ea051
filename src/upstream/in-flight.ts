/**
 * The commands of a cluster lane that were sent and are not answered, oldest first, and the objects of those that were,
 * to be used again. Worker thread.
 */
import { ClusterCommand, type ClusterCommandEvents } from './cluster-command.ts';

const MAX_POOLED = 1024;

export class InFlight {
  readonly #events: ClusterCommandEvents;
  readonly #pool: ClusterCommand[] = [];
  first: ClusterCommand | undefined = undefined;
  #last: ClusterCommand | undefined = undefined;
  #lastOrder = 0;

  constructor(events: ClusterCommandEvents) {
    this.#events = events;
  }

  /** An object for a new command. */
  take(): ClusterCommand {
    const one = this.#pool.pop() ?? new ClusterCommand(this.#events);
    this.#lastOrder += 1;
    one.order = this.#lastOrder;
    return one;
  }

  /** It is answered, and not among those here. */
  free(one: ClusterCommand): void {
    one.clear();
    if (this.#pool.length < MAX_POOLED) this.#pool.push(one);
  }

  /** Linear: for slots in trouble. */
  countOf(slot: number): number {
    let count = 0;
    for (let one = this.first; one !== undefined; one = one.next) if (one.slot === slot) count += 1;
    return count;
  }

  add(one: ClusterCommand): void {
    one.previous = this.#last;
    one.next = undefined;
    if (this.#last === undefined) this.first = one;
    else this.#last.next = one;
    this.#last = one;
  }

  remove(one: ClusterCommand): void {
    const { previous, next } = one;
    if (previous === undefined) this.first = next;
    else previous.next = next;
    if (next === undefined) this.#last = previous;
    else next.previous = previous;
    one.previous = undefined;
    one.next = undefined;
  }
}
