/** Asks the main thread for the section of INFO about the gateway. Worker thread. Cold: when it is asked for. */
import type { Session } from './session.ts';

export class SectionRequests {
  readonly #ask: (token: number) => void;
  readonly #waiting = new Map<number, (section: string) => void>();
  #lastToken = 0;

  constructor(ask: (token: number) => void) {
    this.#ask = ask;
  }

  /** Input of the session waits for it. Nothing is told of a session that has closed meanwhile. */
  request(session: Session, done: (section: string) => void): void {
    session.suspend();
    this.ask((section) => {
      if (!session.isClosed) done(section);
      session.resume();
    });
  }

  ask(done: (section: string) => void): void {
    this.#lastToken += 1;
    this.#waiting.set(this.#lastToken, done);
    this.#ask(this.#lastToken);
  }

  answered(token: number, section: string): void {
    const done = this.#waiting.get(token);
    this.#waiting.delete(token);
    done?.(section);
  }
}
