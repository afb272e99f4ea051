/**
 * The clients of all workers, for commands about clients. Worker thread. Cold: for administration.
 *
 * Such a command waits until the other workers have said who is there, and only then it is executed: also EXEC with one
 * in its queue. So `run` has everybody's lines at once, holds no lock while it waits, and nobody else waits with it.
 * What it does to clients of other workers goes there as mail, ahead of the command's reply; they may be gone only a
 * moment after it.
 */

import type { ClientState } from '../commands/client-state.ts';
import { MODE_MULTI } from '../commands/client-state.ts';
import { type ClientLine, formatLine, lineNumber, parseLines } from '../commands/connection/client-line.ts';
import type { ClientsPort } from '../commands/ports.ts';
import type { EngineClient } from './client.ts';
import { lineOf } from './client-lines.ts';
import type { Engine } from './engine.ts';
import { MAIL_ASK_CLIENTS, MAIL_CLIENTS, MAIL_KILL } from './mail-kinds.ts';
import type { Mailbox, MailHandler } from './mailbox.ts';

const NO_BYTES = new Uint8Array(0);

interface Question {
  readonly client: EngineClient;
  readonly answers: string[];
  left: number;
}

export class ClientDirectory implements ClientsPort {
  readonly #engine: Engine;
  readonly #mailbox: Mailbox;
  #lastToken = 0;
  readonly #questions = new Map<number, Question>();
  /** What the others have said, while the command that wants to know is executed. */
  #others: string | undefined = undefined;

  constructor(engine: Engine) {
    this.#engine = engine;
    this.#mailbox = engine.mailbox;
    const handle = (kind: number, mail: MailHandler['mail']): void => this.#mailbox.handle(kind, { mail });
    handle(MAIL_ASK_CLIENTS, (from, token) => this.#answer(from, token));
    handle(MAIL_CLIENTS, (_from, token, _b, _c, _d, bytes, start, end) =>
      this.#hear(token, Buffer.from(bytes.slice(start, end)).toString('latin1')),
    );
    handle(MAIL_KILL, (_from, _a, _b, _c, _d, bytes, start, end) =>
      this.#kill(Buffer.from(bytes.slice(start, end)).toString('latin1').split(' ').map(Number)),
    );
  }

  /** Whether the others have to be asked before the command may run. */
  mustAsk(client: EngineClient, id: number): boolean {
    if (this.#mailbox.workers === 1 || this.#others !== undefined) return false;
    const { plan } = this.#engine;
    if ((client.mode & MODE_MULTI) === 0) return plan.asks[id] === 1;
    return plan.isExec(id) && client.queue.some(({ command }) => plan.asks[command] === 1);
  }

  /** `HeldCommands.answered` is called with what they say. */
  ask(client: EngineClient): void {
    this.#lastToken += 1;
    this.#questions.set(this.#lastToken, { client, answers: [], left: this.#mailbox.workers - 1 });
    for (let worker = 0; worker < this.#mailbox.workers; worker++) {
      if (worker === this.#mailbox.worker) continue;
      this.#mailbox.send(worker, MAIL_ASK_CLIENTS, this.#lastToken, 0, 0, 0, NO_BYTES, 0, 0);
    }
  }

  /** While `work` runs, the others' clients are known. */
  during(others: string, work: () => void): void {
    this.#others = others;
    work();
    this.#others = undefined;
  }

  line(client: ClientState): ClientLine {
    return lineOf(this.#engine, client as EngineClient);
  }

  lines(): ClientLine[] {
    const lines = [...parseLines(this.#others ?? ''), ...this.#own()];
    return lines.sort((one, other) => lineNumber(one, 'id') - lineNumber(other, 'id'));
  }

  kill(ids: readonly number[]): void {
    for (let worker = 0; worker < this.#mailbox.workers; worker++) {
      const there = ids.filter((id) => this.#engine.workerOf(id) === worker);
      if (there.length === 0) continue;
      if (worker === this.#mailbox.worker) this.#kill(there);
      else {
        const bytes = Buffer.from(there.join(' '));
        this.#mailbox.send(worker, MAIL_KILL, 0, 0, 0, 0, bytes, 0, bytes.length);
      }
    }
  }

  #own(): ClientLine[] {
    const lines: ClientLine[] = [];
    for (const client of this.#engine.clients.values()) {
      if (!client.closing) lines.push(lineOf(this.#engine, client));
    }
    return lines;
  }

  #answer(to: number, token: number): void {
    const bytes = Buffer.from(this.#own().map(formatLine).join(''), 'latin1');
    this.#mailbox.send(to, MAIL_CLIENTS, token, 0, 0, 0, bytes, 0, bytes.length);
  }

  #hear(token: number, lines: string): void {
    const question = this.#questions.get(token);
    if (question === undefined) return;
    question.answers.push(lines);
    question.left -= 1;
    if (question.left > 0) return;
    this.#questions.delete(token);
    this.#engine.held.answered(question.client, question.answers.join(''));
  }

  /** Whoever sent the command itself goes when it has its reply. */
  #kill(ids: readonly number[]): void {
    for (const id of ids) {
      const client = this.#engine.clients.get(id);
      if (client === undefined) continue;
      if (client === this.#engine.executing) client.closing = true;
      else {
        this.#engine.disconnect(client);
        client.output.close();
      }
    }
  }
}
