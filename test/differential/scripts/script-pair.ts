/** One script on a real server and on the engine's own Lua, in RESP2 and RESP3: the replies to compare. */

import type { ScriptIdentity, ScriptLevel } from '../../../src/engine/lua/dialect.ts';
import { EvalRuntime } from '../../../src/engine/lua/eval-runtime.ts';
import { FunctionRuntime } from '../../../src/engine/lua/function-runtime.ts';
import { FrameWriter, type RespVersion } from '../../../src/resp/encode.ts';
import type { RawArgument } from '../../support/raw-client.ts';
import { type ServerName, startServer, type TestServer } from '../../support/servers.ts';
import { SyncLink } from '../../support/sync-link.ts';
import { viewOf } from '../../unit/effects/collect.ts';
import { ForwardingHost } from './forwarding-host.ts';

const levels: Readonly<Record<ServerName, ScriptLevel>> = {
  'redis-7.0': 'redis-7.0',
  'redis-8.0': 'redis-8',
  'valkey-8.0': 'valkey-8',
  'valkey-9.1': 'valkey-9',
};

/** A script with its keys and arguments. */
export interface ScriptCase {
  readonly script: string | Uint8Array;
  readonly keys?: readonly (string | Uint8Array)[];
  readonly args?: readonly (string | Uint8Array)[];
}

export interface Replies {
  readonly server: string;
  readonly engine: string;
}

export class ScriptPair {
  readonly level: ScriptLevel;
  readonly link: SyncLink;
  readonly host: ForwardingHost;
  readonly runtime: EvalRuntime;
  readonly functions: FunctionRuntime;

  private constructor(server: TestServer, link: SyncLink) {
    this.level = levels[server.name];
    this.link = link;
    this.host = new ForwardingHost(this.link);
    const options = { level: this.level, identity: identityOf(server) };
    this.runtime = new EvalRuntime(options);
    this.functions = new FunctionRuntime(options);
  }

  static async start(name: ServerName): Promise<ScriptPair> {
    const server = await startServer(name);
    return new ScriptPair(server, await SyncLink.open(server.port));
  }

  /** Runs the script on both, each on an empty dataset. */
  run(item: ScriptCase, version: RespVersion): Replies {
    const { script, keys = [], args = [] } = item;
    const command = ['EVAL', script, String(keys.length), ...keys, ...args].map(toBytes);
    this.link.call(2, ['FLUSHALL']);
    const server = show(this.link.call(version, command));
    this.link.call(2, ['FLUSHALL']);
    return { server, engine: show(this.#evaluate(command, keys.length, version)) };
  }

  #evaluate(command: readonly (string | Uint8Array)[], keyCount: number, version: RespVersion): Uint8Array {
    const view = viewOf(command);
    const writer = new FrameWriter();
    const script = this.runtime.load(view.bytes, view.spans[2], view.spans[3]);
    if ('refusal' in script) writer.error(`ERR ${script.refusal}`);
    else this.runtime.run(script, view, 3, keyCount, this.host, writer, version);
    return writer.bytes.slice(0, writer.length);
  }

  /** FUNCTION LOAD REPLACE on both. */
  load(code: string | Uint8Array): Replies {
    const server = show(this.link.call(2, ['FUNCTION', 'LOAD', 'REPLACE', code]));
    const writer = new FrameWriter();
    const bytes = toBytes(code);
    const library = this.functions.load(bytes, true, this.host);
    if ('refusal' in library) writer.error(`ERR ${library.refusal}`);
    else writer.bulkText(library.name);
    return { server, engine: show(writer.bytes.slice(0, writer.length)) };
  }

  /** FCALL on both. */
  call(name: string, keys: readonly string[], args: readonly string[], version: RespVersion): Replies {
    const command = ['FCALL', name, String(keys.length), ...keys, ...args];
    this.link.call(2, ['FLUSHALL']);
    const server = show(this.link.call(version, command));
    this.link.call(2, ['FLUSHALL']);
    const writer = new FrameWriter();
    const entry = this.functions.libraries.function(name);
    if (entry) this.functions.call(entry, viewOf(command), 3, keys.length, this.host, writer, version);
    else writer.error('ERR Function not found');
    return { server, engine: show(writer.bytes.slice(0, writer.length)) };
  }

  /** A command that only the server runs. */
  ask(args: readonly RawArgument[]): Buffer {
    return this.link.call(2, args);
  }
}

function toBytes(value: string | Uint8Array): Uint8Array {
  return typeof value === 'string' ? Buffer.from(value) : value;
}

/** Bytes as characters; what is too long to look at is cut, its length kept. */
function show(bytes: Uint8Array): string {
  const text = Buffer.from(bytes).toString('latin1');
  return text.length <= 4000 ? text : `${text.slice(0, 2000)}… ${text.length} bytes …${text.slice(-2000)}`;
}

function identityOf(server: TestServer): ScriptIdentity {
  if (server.product === 'redis') return { redisVersion: server.version };
  return { redisVersion: '7.2.4', valkeyVersion: server.version };
}
