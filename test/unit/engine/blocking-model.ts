/** Lists and clients that wait for them, as one server with one thread would have them. */

export interface ModelWait {
  readonly client: number;
  readonly keys: readonly string[];
  /** Tries the command; the reply, or undefined where there is nothing for it. */
  readonly attempt: () => string | undefined;
  readonly deadlineMs: number;
}

function bulk(text: string): string {
  return `$${text.length}\r\n${text}\r\n`;
}

export class BlockingModel {
  readonly lists = new Map<string, string[]>();
  /** By key, in the order in which they came. */
  readonly #waiters = new Map<string, ModelWait[]>();
  readonly waits = new Map<number, ModelWait>();
  /** Replies of clients that waited, in the order in which they were served. */
  served: [client: number, reply: string][] = [];
  #ready: string[] = [];

  push(key: string, atFront: boolean, texts: readonly string[]): string {
    const list = this.lists.get(key) ?? [];
    for (const text of texts) {
      if (atFront) list.unshift(text);
      else list.push(text);
    }
    this.lists.set(key, list);
    this.#signal(key);
    return `:${list.length}\r\n`;
  }

  take(key: string, atFront: boolean): string | undefined {
    const list = this.lists.get(key);
    if (list === undefined) return undefined;
    const text = atFront ? list.shift() : list.pop();
    if (list.length === 0) this.lists.delete(key);
    return text;
  }

  pop(key: string, atFront: boolean): string {
    const text = this.take(key, atFront);
    return text === undefined ? '$-1\r\n' : bulk(text);
  }

  delete(key: string): string {
    return this.lists.delete(key) ? ':1\r\n' : ':0\r\n';
  }

  popFirst(keys: readonly string[], atFront: boolean): string | undefined {
    for (const key of keys) {
      const text = this.take(key, atFront);
      if (text !== undefined) return `*2\r\n${bulk(key)}${bulk(text)}`;
    }
    return undefined;
  }

  move(from: string, to: string, fromFront: boolean, toFront: boolean): string | undefined {
    const text = this.take(from, fromFront);
    if (text === undefined) return undefined;
    this.push(to, toFront, [text]);
    return bulk(text);
  }

  /** A command that waits where there is nothing: its reply, or undefined when the client waits now. */
  wait(wait: ModelWait): string | undefined {
    const reply = wait.attempt();
    if (reply === undefined) {
      this.waits.set(wait.client, wait);
      for (const key of new Set(wait.keys)) {
        const waiters = this.#waiters.get(key) ?? [];
        waiters.push(wait);
        this.#waiters.set(key, waiters);
      }
    }
    return reply;
  }

  forget(client: number): void {
    const wait = this.waits.get(client);
    if (wait === undefined) return;
    this.waits.delete(client);
    for (const [key, waiters] of this.#waiters) {
      const left = waiters.filter((one) => one !== wait);
      if (left.length === 0) this.#waiters.delete(key);
      else this.#waiters.set(key, left);
    }
  }

  /** After a command or a whole transaction. */
  serve(): void {
    while (this.#ready.length > 0) {
      const keys = this.#ready;
      this.#ready = [];
      for (const key of keys) {
        for (const wait of [...(this.#waiters.get(key) ?? [])]) {
          if (!this.lists.has(key)) break;
          const reply = wait.attempt();
          if (reply === undefined) continue;
          this.forget(wait.client);
          this.served.push([wait.client, reply]);
        }
      }
    }
  }

  expire(nowMs: number): void {
    const due = [...this.waits.values()].filter(({ deadlineMs }) => deadlineMs <= nowMs);
    for (const { client } of due) {
      this.forget(client);
      this.served.push([client, '*-1\r\n']);
    }
  }

  #signal(key: string): void {
    if (this.#waiters.has(key) && !this.#ready.includes(key)) this.#ready.push(key);
  }
}
