/**
 * Clients that keep account of their writes while something breaks: each increments a key of its own that begins far
 * from the others', so that a reply that went to the wrong client is seen, and knows which increments were
 * acknowledged.
 */
import { expect } from 'vitest';
import type { RawClient } from '../support/raw-client.ts';

const APART = 1_000_000;
/** What a client may be told of a command whose connection broke, or that found none. */
const honest = /the outcome of this command is unknown|was not sent|was not executed/;

export class Account {
  readonly key: string;
  #client: RawClient;
  readonly #base: number;
  #last: number;
  #acknowledged = 0;
  #unknown = 0;

  private constructor(client: RawClient, index: number) {
    this.#client = client;
    this.key = `account:${index}`;
    this.#base = (index + 1) * APART;
    this.#last = this.#base;
  }

  static async open(client: RawClient, index: number): Promise<Account> {
    const account = new Account(client, index);
    expect(await client.call('SET', account.key, String(account.#base))).toBe('OK');
    return account;
  }

  get acknowledged(): number {
    return this.#acknowledged;
  }

  /** Commands that were answered by an error. */
  get refused(): number {
    return this.#unknown;
  }

  /**
   * Sends increments in one piece; throws where a reply is not this client's, or not honest. False says that the
   * gateway has closed the connection.
   */
  async increment(count: number): Promise<boolean> {
    const commands = Array.from({ length: count }, () => ['INCR', this.key]);
    const replies = await this.#client.pipeline(commands).catch((error: Error) => {
      if (!/clos|reset|EPIPE/i.test(error.message)) throw error;
      return undefined;
    });
    if (replies === undefined) {
      this.#unknown += count;
      return false;
    }
    for (const reply of replies) {
      if (typeof reply === 'number') {
        expect(reply).toBeGreaterThan(this.#last);
        expect(reply).toBeLessThan(this.#base + APART);
        this.#last = reply;
        this.#acknowledged += 1;
      } else {
        expect((reply as { error: string }).error).toMatch(honest);
        this.#unknown += 1;
      }
    }
    return true;
  }

  /** What the server has must hold every acknowledged increment, none of them twice. */
  check(value: unknown): void {
    const done = Number(value) - this.#base;
    expect(done).toBeGreaterThanOrEqual(this.#acknowledged);
    expect(done).toBeLessThanOrEqual(this.#acknowledged + this.#unknown);
  }

  /** Goes on with another connection, where the gateway has closed the one before. */
  goOn(client: RawClient): void {
    this.#client.close();
    this.#client = client;
  }

  close(): void {
    this.#client.close();
  }
}

/** Checks the accounts on the server itself. */
export async function checkAccounts(accounts: readonly Account[], direct: RawClient): Promise<void> {
  const values = (await direct.call('MGET', ...accounts.map(({ key }) => key))) as readonly unknown[];
  for (const [at, account] of accounts.entries()) account.check(values[at]);
}
