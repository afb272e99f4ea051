/**
 * The divergences the admin API lists: the newest distinct ones, in bounded memory. Main thread only.
 * Equal divergences (command, kind, key and place) are one entry with a count. It must not know where reports come
 * from or how they are shown to clients.
 */
import type { DivergenceKind, DivergenceReport } from './divergence-record.ts';

/** One entry as the admin API answers it. */
export interface DivergenceItem {
  /** Unique since the gateway started, rising; stays when the entry is seen again. */
  readonly id: number;
  /** ISO time of the latest occurrence. */
  readonly at: string;
  readonly command: string;
  readonly kind: DivergenceKind;
  readonly slot: number;
  readonly keyHash: string;
  readonly key?: string;
  readonly request?: string;
  readonly firstDifference: string;
  readonly primary: string;
  readonly shadow: string;
  /** Occurrences since the entry is kept. */
  readonly count: number;
}

export interface DivergenceFilter {
  /** Most items to return; all when absent. */
  readonly limit?: number | undefined;
  readonly command?: string | undefined;
  readonly kind?: string | undefined;
}

export interface DivergenceList {
  /** Entries that fit the filter, before the limit. */
  readonly total: number;
  /** Newest first. */
  readonly items: DivergenceItem[];
}

type Listener = (item: DivergenceItem) => void;

export class DivergenceLog {
  #capacity: number;
  /** Oldest first: a map keeps insertion order, and an entry that is seen again is inserted anew. */
  readonly #items = new Map<string, DivergenceItem>();
  readonly #listeners = new Set<Listener>();
  #lastId = 0;
  #reported = 0;

  /** `capacity` is the number of entries kept (`compare.divergences.keep`). */
  constructor(capacity: number) {
    this.#capacity = Math.max(1, capacity);
  }

  /** Entries kept. */
  get total(): number {
    return this.#items.size;
  }

  /** Divergences reported since the start or the last `clear`, those counted into one entry and forgotten ones too. */
  get reported(): number {
    return this.#reported;
  }

  /** Adds or refreshes an entry, forgets the oldest beyond the limit, and tells the listeners. */
  add(report: DivergenceReport): DivergenceItem {
    const identity = `${report.command}\n${report.kind}\n${report.keyHash}\n${report.firstDifference}`;
    const known = this.#items.get(identity);
    if (known === undefined) this.#lastId += 1;
    else this.#items.delete(identity);
    const item = itemOf(report, known?.id ?? this.#lastId, (known?.count ?? 0) + 1);
    this.#items.set(identity, item);
    this.#reported += 1;
    this.#forgetOldest();
    for (const listener of this.#listeners) listener(item);
    return item;
  }

  /** Entries that fit, newest first. `command` is compared without regard to case. */
  list(filter: DivergenceFilter = {}): DivergenceList {
    const command = filter.command?.toLowerCase();
    const fitting: DivergenceItem[] = [];
    for (const item of this.#items.values()) {
      if (command !== undefined && item.command !== command) continue;
      if (filter.kind !== undefined && item.kind !== filter.kind) continue;
      fitting.push(item);
    }
    fitting.reverse();
    return { total: fitting.length, items: fitting.slice(0, filter.limit ?? fitting.length) };
  }

  clear(): void {
    this.#items.clear();
    this.#reported = 0;
  }

  /** Takes a new limit at once, forgetting the oldest entries beyond it. */
  resize(capacity: number): void {
    this.#capacity = Math.max(1, capacity);
    this.#forgetOldest();
  }

  /** Calls the listener after every `add`, on the same stack. Returns what ends that. */
  onAdd(listener: Listener): () => void {
    this.#listeners.add(listener);
    return () => {
      this.#listeners.delete(listener);
    };
  }

  #forgetOldest(): void {
    while (this.#items.size > this.#capacity) {
      const oldest = this.#items.keys().next();
      if (oldest.done === true) return;
      this.#items.delete(oldest.value);
    }
  }
}

function itemOf(report: DivergenceReport, id: number, count: number): DivergenceItem {
  const item: { -readonly [Field in keyof DivergenceItem]: DivergenceItem[Field] } = {
    id,
    at: new Date(report.at).toISOString(),
    command: report.command,
    kind: report.kind,
    slot: report.slot,
    keyHash: report.keyHash,
    firstDifference: report.firstDifference,
    primary: report.primary,
    shadow: report.shadow,
    count,
  };
  if (report.key !== undefined) item.key = report.key;
  if (report.request !== undefined) item.request = report.request;
  return item;
}
