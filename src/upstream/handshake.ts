/** What is said first on a new connection to a server: login, protocol, database, name. Worker thread. */
import { asciiBytes } from '../base/bytes.ts';
import type { FrameWriter } from '../resp/encode.ts';
import { type Reply, replyInteger, replyText } from '../resp/reply.ts';

/** What a connection must be set up as before a command may be sent on it. */
export interface LinkContext {
  readonly database: number;
  readonly resp: 2 | 3;
  /** One character per byte, as `decodeLatin1` makes them: neither need be UTF-8. */
  readonly user: string | undefined;
  readonly password: string | undefined;
  /** Sent as CLIENT SETNAME when not empty. A server that refuses it is not an error. */
  readonly name: string;
  /** Whole commands that make it what it is to be beside that. */
  readonly setup?: () => readonly Uint8Array[];
}

/** Steps of a handshake; their replies arrive in this order. */
export type Step = 'early-select' | 'auth' | 'hello' | 'select' | 'name' | 'id' | 'setup';

const HELLO = asciiBytes('HELLO');

/** Writes the AUTH command of a login; false, and nothing, where there is no password. */
export function writeLogin(writer: FrameWriter, context: Pick<LinkContext, 'user' | 'password'>): boolean {
  const { user, password } = context;
  if (password === undefined) return false;
  writer.array(user === undefined ? 2 : 3);
  writer.text('AUTH');
  for (const word of user === undefined ? [password] : [user, password]) {
    const bytes = Buffer.from(word, 'latin1');
    writer.bulk(bytes, 0, bytes.length);
  }
  return true;
}

function writeSelect(writer: FrameWriter, database: number): void {
  writer.array(2);
  writer.text('SELECT');
  writer.number(database);
}

/** Writes the handshake of `context` and returns its steps in the order of their replies. */
export function writeHandshake(writer: FrameWriter, context: LinkContext): Step[] {
  const steps: Step[] = [];
  const { resp, database, name } = context;
  if (database !== 0 && context.password !== undefined) {
    // The user may not be allowed to: the client went there before it logged in.
    writeSelect(writer, database);
    steps.push('early-select');
  }
  if (writeLogin(writer, context)) steps.push('auth');
  writer.array(resp === 3 ? 2 : 1);
  writer.bulk(HELLO, 0, HELLO.length);
  if (resp === 3) writer.text('3');
  steps.push('hello');
  if (database !== 0) {
    writeSelect(writer, database);
    steps.push('select');
  }
  if (name !== '') {
    writer.array(3);
    writer.text('CLIENT');
    writer.text('SETNAME');
    writer.text(name);
    steps.push('name');
  }
  for (const command of context.setup?.() ?? []) {
    writer.raw(command, 0, command.length);
    steps.push('setup');
  }
  return steps;
}

export function helloId(hello: Reply): number {
  const id = helloField(hello, 'id');
  return id === undefined ? -1 : replyInteger(id);
}

export function helloRole(hello: Reply): string {
  const role = helloField(hello, 'role');
  return role === undefined ? '' : replyText(role);
}

function helloField({ items }: Reply, name: string): Reply | undefined {
  for (let at = 0; at + 1 < items.length; at += 2) if (replyText(items[at]) === name) return items[at + 1];
  return undefined;
}
