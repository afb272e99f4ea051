/**
 * Whether a history of concurrent operations on one object is linearizable: whether there is an order in which they
 * could have been done one by one, each at a moment between its call and its return, so that every result is right.
 * The algorithm is that of Wing and Gong with Lowe's memory: it tries operations that may come first, goes back where
 * it cannot go on, and never looks twice at the same set of operations done with the same state. Pure.
 *
 * Linearizability is local: a history over many objects is linearizable if that of each object is (Herlihy and Wing).
 */

export interface Operation<Call> {
  readonly call: Call;
  /** As the client saw it. */
  readonly result: string;
  /** Positions in the order of all calls and returns that the clients have seen. */
  readonly calledAt: number;
  readonly returnedAt: number;
}

export interface Model<Call> {
  /** The state is text, so that two states can be compared. */
  readonly initial: string;
  /** The states that can follow; none where the operation cannot have this result in this state. */
  next(state: string, call: Call, result: string): readonly string[];
}

interface Event {
  readonly operation: number;
  readonly isCall: boolean;
  previous: Event | undefined;
  next: Event | undefined;
}

interface Choice {
  readonly call: Event;
  readonly state: string;
  /** States that could have been chosen as well. */
  readonly others: string[];
}

/** The events in their order, behind a head of no meaning. */
function eventsOf(operations: readonly Operation<unknown>[]): Event {
  const events = operations.flatMap(({ calledAt, returnedAt }, operation) => [
    { operation, isCall: true, at: calledAt },
    { operation, isCall: false, at: returnedAt },
  ]);
  events.sort((left, right) => left.at - right.at);
  const head: Event = { operation: -1, isCall: false, previous: undefined, next: undefined };
  let last = head;
  for (const { operation, isCall } of events) {
    last.next = { operation, isCall, previous: last, next: undefined };
    last = last.next;
  }
  return head;
}

class Search<Call> {
  readonly #operations: readonly Operation<Call>[];
  readonly #model: Model<Call>;
  readonly #head: Event;
  readonly #returns: Event[] = [];
  readonly #seen = new Set<string>();
  readonly #choices: Choice[] = [];
  #done = 0n;
  #state: string;

  constructor(operations: readonly Operation<Call>[], model: Model<Call>) {
    this.#operations = operations;
    this.#model = model;
    this.#state = model.initial;
    this.#head = eventsOf(operations);
    for (let event = this.#head.next; event !== undefined; event = event.next) {
      if (!event.isCall) this.#returns[event.operation] = event;
    }
  }

  run(): boolean {
    let event = this.#head.next;
    while (this.#head.next !== undefined) {
      if (event?.isCall === true) {
        event = this.#tryNow(event) ? this.#head.next : event.next;
        continue;
      }
      // Something has returned that has not been done: the last choice was wrong.
      const back = this.#goBack();
      if (back === undefined) return false;
      event = back;
    }
    return true;
  }

  #tryNow(event: Event): boolean {
    const { call, result } = this.#operations[event.operation];
    return this.#choose(event, [...this.#model.next(this.#state, call, result)]);
  }

  /** Does the operation with the first of the states that has not been looked at. */
  #choose(event: Event, states: string[]): boolean {
    const done = this.#done | (1n << BigInt(event.operation));
    for (let state = states.shift(); state !== undefined; state = states.shift()) {
      const what = `${done.toString(36)} ${state}`;
      if (this.#seen.has(what)) continue;
      this.#seen.add(what);
      this.#choices.push({ call: event, state: this.#state, others: states });
      this.#done = done;
      this.#state = state;
      take(event);
      take(this.#returns[event.operation]);
      return true;
    }
    return false;
  }

  /** Undoes the last choice; where to go on, undefined where there is nothing left to try. */
  #goBack(): Event | undefined {
    for (let choice = this.#choices.pop(); choice !== undefined; choice = this.#choices.pop()) {
      const { call, state, others } = choice;
      put(this.#returns[call.operation]);
      put(call);
      this.#done &= ~(1n << BigInt(call.operation));
      this.#state = state;
      if (this.#choose(call, others)) return this.#head.next;
      if (call.next !== undefined) return call.next;
    }
    return undefined;
  }
}

function take({ previous, next }: Event): void {
  previous!.next = next;
  if (next !== undefined) next.previous = previous;
}

/** In the reverse order of `take`. */
function put(event: Event): void {
  event.previous!.next = event;
  if (event.next !== undefined) event.next.previous = event;
}

export function isLinearizable<Call>(operations: readonly Operation<Call>[], model: Model<Call>): boolean {
  return new Search(operations, model).run();
}
