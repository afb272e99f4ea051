/**
 * The commands of one worker's clients that took longest, from when they were read until their replies were written:
 * what the gateway adds and what it waits for. The newest are kept, in bounded memory. Worker thread.
 */
import type { CommandDefinition } from '../commands/definition.ts';
import type { Frame } from './ports.ts';
import type { Session } from './session.ts';
import { hideSecretArguments } from './shown-arguments.ts';

export interface SlowSettings {
  /** 0: nothing counts as slow. */
  readonly thresholdMs: number;
  readonly keep: number;
  readonly showArguments: boolean;
}

/** Structured-clonable. */
export interface SlowEntry {
  /** Counts the worker's entries. */
  readonly id: number;
  readonly worker: number;
  /** ISO time of the reply. */
  readonly at: string;
  readonly durationUs: number;
  /** A name of the catalogue, or `other`. */
  readonly command: string;
  /** Of the whole command. */
  readonly requestBytes: number;
  /** Only where the configuration says so. */
  readonly arguments?: string;
  readonly client: {
    readonly id: number;
    readonly address: string;
    readonly name: string;
    readonly user: string | null;
    readonly database: number;
  };
}

const NEVER = 0xffffffff;

export class SlowLog {
  /** From so many microseconds on a command is slow. */
  thresholdUs = NEVER;
  /** Commands are to be kept in words until they are answered. */
  keepsWords = false;
  #settings: SlowSettings;
  #entries: SlowEntry[] = [];
  #lastId = 0;

  constructor(settings: SlowSettings) {
    this.#settings = settings;
    this.reconfigure(settings);
  }

  /** The newest last. */
  get entries(): readonly SlowEntry[] {
    return this.#entries;
  }

  reconfigure(settings: SlowSettings): void {
    this.#settings = settings;
    this.thresholdUs = settings.thresholdMs === 0 ? NEVER : settings.thresholdMs * 1000;
    this.keepsWords = settings.showArguments && settings.thresholdMs > 0;
    this.#trim();
  }

  /** The command as it may be shown. Cold: where arguments are to be shown at all. */
  wordsOf(frame: Frame, definition: CommandDefinition | undefined): string {
    return hideSecretArguments(frame, definition);
  }

  /** Cold: for slow commands alone. */
  note(session: Session, command: number, durationUs: number, requestBytes: number, words: string): void {
    const { client, context, host } = session;
    const { table, clock, transport, workerIndex } = host.services;
    this.#lastId += 1;
    this.#entries.push({
      id: this.#lastId,
      worker: workerIndex,
      at: new Date(clock.nowMs).toISOString(),
      durationUs,
      command: table.labels[command] ?? 'other',
      requestBytes,
      ...(words === '' ? {} : { arguments: words }),
      client: {
        id: client.id,
        address: client.peer(transport).remote,
        name: client.name,
        user: client.access?.user.name ?? context.user ?? null,
        database: context.database,
      },
    });
    this.#trim();
  }

  #trim(): void {
    const { keep } = this.#settings;
    if (this.#entries.length > keep) this.#entries = this.#entries.slice(-keep);
  }
}

/** Cold. What all workers have, newest first. */
export function listSlow(
  told: readonly { readonly entries: readonly SlowEntry[] }[],
  limit: number,
): { readonly total: number; readonly items: readonly SlowEntry[] } {
  const all = told.flatMap(({ entries }) => entries);
  all.sort((one, other) => (one.at < other.at ? 1 : one.at > other.at ? -1 : other.id - one.id));
  return { total: all.length, items: all.slice(0, limit) };
}
