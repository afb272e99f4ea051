/** The distinct ways in which this thread's sessions want their upstream connections set up. Worker thread. */
import type { LinkContext } from '../upstream/handshake.ts';
import type { SessionContext } from './ports.ts';

/** Logins a thread remembers; beyond that those used longest ago are forgotten first. */
const MAX_CONTEXTS = 10_000;

export class ContextTable {
  readonly #byKey = new Map<string, SessionContext>();
  readonly #byId = new Map<number, SessionContext>();
  /** By id of the context without scripts. */
  readonly #forScripts = new Map<number, SessionContext>();
  #nextId = 0;
  /** Told of every context that is forgotten. Sessions may still use it. */
  onForget: (context: SessionContext) => void = () => {};
  /** Database 0, the configuration's credentials, and RESP2 unless the primary is to be spoken to in RESP3 alone. */
  readonly base: SessionContext;

  constructor(resp: 2 | 3 = 2) {
    this.base = this.get(0, resp, undefined, undefined);
  }

  get(
    database: number,
    resp: 2 | 3,
    user: string | undefined,
    password: string | undefined,
    scripts = false,
  ): SessionContext {
    const key = JSON.stringify([database, resp, user ?? null, password ?? null, scripts]);
    const known = this.#byKey.get(key);
    if (known !== undefined) {
      // Last in line again.
      this.#byKey.delete(key);
      this.#byKey.set(key, known);
      return known;
    }
    if (this.#byKey.size >= MAX_CONTEXTS) {
      this.#forgetOldest();
    }
    const context = { id: this.#nextId++, database, resp, user, password, scripts };
    this.#byKey.set(key, context);
    this.#byId.set(context.id, context);
    return context;
  }

  /** The same, for a command that runs a script. */
  forScripts(context: SessionContext): SessionContext {
    const known = this.#forScripts.get(context.id);
    if (known !== undefined && this.#byId.has(known.id)) return known;
    const { database, resp, user, password } = context;
    const made = this.get(database, resp, user, password, true);
    this.#forScripts.set(context.id, made);
    return made;
  }

  /** Undefined when it has been forgotten. */
  byId(id: number): SessionContext | undefined {
    return this.#byId.get(id);
  }

  #forgetOldest(): void {
    for (const [key, context] of this.#byKey) {
      if (context === this.base) continue;
      this.#byKey.delete(key);
      this.#byId.delete(context.id);
      this.onForget(context);
      this.#forScripts.delete(context.id);
      return;
    }
  }
}

/** Credentials and database of an upstream's URL. */
export interface UpstreamLogin {
  readonly user: string | undefined;
  readonly password: string | undefined;
  readonly database: number;
}

/** What a connection for `context` is set up as, with the configuration's credentials where it has none. */
export function linkContextOf(
  context: SessionContext,
  { user, password, database }: UpstreamLogin,
): LinkContext {
  const own = context.password !== undefined;
  return {
    database: context.database === 0 ? database : context.database,
    resp: context.resp,
    user: own ? context.user : user,
    password: own ? context.password : password,
    name: '',
  };
}
