/** A command about users, and its reply, as `run-acl.ts` takes them. Worker thread. Cold: administration. */

import { textOf } from '../acl/selector.ts';
import { generalText } from '../base/double-text.ts';
import type { AclPort } from '../commands/access-ports.ts';
import type { Compatibility } from '../commands/compatibility.ts';
import type { ServerName } from '../commands/definition.ts';
import type { AclContext } from '../commands/server/run-acl.ts';
import type { CommandTable } from '../commands/table.ts';
import type { FrameWriter } from '../resp/encode.ts';
import type { GatewayAcl } from './acl.ts';
import { argumentText } from './frames.ts';
import type { Frame } from './ports.ts';
import type { Session } from './session.ts';

export class AclReply implements AclContext {
  readonly bytes: Uint8Array;
  readonly spans: Int32Array;
  readonly count: number;
  readonly table: CommandTable;
  readonly compatibility: Compatibility;
  readonly database: number;
  readonly nowMs: number;
  readonly client: { readonly user: string };
  readonly ports: { readonly acl: AclPort; readonly introspection: { readonly server: ServerName } };
  readonly #frame: Frame;
  readonly #writer: FrameWriter;
  readonly #resp: 2 | 3;

  constructor({ dialect }: GatewayAcl, session: Session, frame: Frame, writer: FrameWriter, port: AclPort) {
    const { table, compatibility, server } = dialect.plan;
    this.bytes = frame.bytes;
    this.spans = frame.spans;
    this.count = frame.count;
    this.table = table;
    this.compatibility = compatibility;
    this.database = session.context.database;
    this.nowMs = session.host.services.clock.nowMs;
    this.client = { user: session.client.access!.user.name };
    this.ports = { acl: port, introspection: { server } };
    this.#frame = frame;
    this.#writer = writer;
    this.#resp = session.protocol;
  }

  text(argument: number): string {
    return argumentText(this.#frame, argument);
  }

  shown(argument: number): string {
    return textOf(this.text(argument));
  }

  error(text: string): void {
    this.#writer.error(text);
  }

  ok(): void {
    this.#writer.simple('OK');
  }

  integer(value: number): void {
    this.#writer.integer(value);
  }

  bulk(bytes: Uint8Array, start: number, end: number): void {
    this.#writer.bulk(bytes, start, end);
  }

  bulkText(text: string): void {
    this.#writer.bulkText(text);
  }

  array(count: number): void {
    this.#writer.array(count);
  }

  map(pairs: number): void {
    this.#writer.map(pairs, this.#resp);
  }

  set(count: number): void {
    this.#writer.setHeader(count, this.#resp);
  }

  double(value: number): void {
    if (this.compatibility.level < 702) this.#writer.doubleText(generalText(value, 17), this.#resp);
    else this.#writer.double(value, this.#resp);
  }

  nil(): void {
    this.#writer.nullReply(this.#resp);
  }
}
