/**
 * A real server and the engine at its compatibility level: the same commands to both, replies compared by the
 * catalogue's rules, and afterwards the data. The engine runs in the test's process; the server gets commands in
 * batches.
 */
import type { CompatibilityName } from '../../../src/commands/compatibility.ts';
import type {
  CommandDefinition,
  CommandView,
  CompareRule,
  EffectOutput,
  Expectation,
} from '../../../src/commands/definition.ts';
import { compareExpected, compareReplies } from '../../../src/compare/compare.ts';
import { ruleFor } from '../../../src/compare/rule-for.ts';
import { FrameWriter } from '../../../src/resp/encode.ts';
import { decodeReply, isError, type Reply } from '../../../src/resp/reply.ts';
import { encodeCommand, RawClient } from '../../support/raw-client.ts';
import { type ServerName, startServer } from '../../support/servers.ts';
import { viewOf } from '../../unit/effects/collect.ts';
import { makeEngine, type TestEngine, TestEngineClient } from '../../unit/engine/in-process-engine.ts';

export const levels: Readonly<Record<ServerName, CompatibilityName>> = {
  'redis-7.0': 'redis-7.0',
  'redis-8.0': 'redis-8',
  'valkey-8.0': 'valkey-8',
  'valkey-9.1': 'valkey-9',
};

export interface RandomCase {
  readonly definition: CommandDefinition;
  readonly args: readonly string[];
}

/** A reply that may differ: where the engine's level is not the server's release. Needs a reason beside it. */
export interface Allowed {
  readonly server: ServerName;
  readonly command: RegExp;
  readonly reply: RegExp;
}

class Effect implements EffectOutput {
  readonly parts: { readonly expectation: Expectation; readonly writer: FrameWriter }[] = [];

  command(argumentCount: number, expectation: Expectation): FrameWriter {
    const writer = new FrameWriter();
    writer.array(argumentCount);
    this.parts.push({ expectation, writer });
    return writer;
  }
}

export class EnginePair {
  readonly name: ServerName;
  readonly engine: TestEngine;
  /** How scores are compared: as the commands say when absent. */
  scores: CompareRule | undefined = undefined;
  /** Commands that the engine has done in slices. */
  slicedCommands = 0;
  readonly #server: RawClient;
  readonly #client: TestEngineClient;
  readonly #allowed: readonly Allowed[];

  private constructor(name: ServerName, server: RawClient, allowed: readonly Allowed[]) {
    this.name = name;
    this.#server = server;
    this.#allowed = allowed.filter((one) => one.server === name);
    this.engine = makeEngine({ compatibility: levels[name], shards: 4, arenaBytes: 32 * 1024 * 1024 });
    this.#client = new TestEngineClient(this.engine.engine);
  }

  static async start(name: ServerName, allowed: readonly Allowed[] = []): Promise<EnginePair> {
    const server = await startServer(name, { args: ['--hz', '500'] });
    return new EnginePair(name, await RawClient.connect({ port: server.port }), allowed);
  }

  /** Runs commands on both; returns what differs, a line each. Random choices are made by the engine. */
  async run(cases: readonly RandomCase[]): Promise<string[]> {
    const differences: string[] = [];
    for (let at = 0; at < cases.length; ) {
      if (isChoice(cases[at].definition)) {
        await this.#choose(cases[at], differences);
        at += 1;
        continue;
      }
      let end = at;
      while (end < cases.length && end - at < 200 && !isChoice(cases[end].definition)) end += 1;
      await this.#compareBatch(cases.slice(at, end), differences);
      at = end;
    }
    return differences;
  }

  /** A reply of each as text, for what is read to compare the data. */
  async ask(...args: readonly string[]): Promise<{ readonly server: Reply; readonly engine: Reply }> {
    const engine = this.#execute(args);
    this.#server.send(encodeCommand(bytesOf(args)));
    return { server: await this.#read(args), engine };
  }

  /** Both speak this version of the protocol from now on. */
  async speak(resp: 2 | 3): Promise<void> {
    await this.ask('HELLO', String(resp));
  }

  close(): void {
    this.#server.close();
  }

  async #compareBatch(cases: readonly RandomCase[], differences: string[]): Promise<void> {
    this.#server.send(Buffer.concat(cases.map(({ args }) => encodeCommand(bytesOf(args)))));
    for (const { definition, args } of cases) {
      const engine = this.#execute(args);
      const server = await this.#read(args);
      const rule = this.#ruleFor(definition, viewOf(bytesOf(args)));
      if (compareReplies(rule, server, engine) !== undefined) this.#note(args, server, engine, differences);
    }
  }

  /** Runs it on the engine, and what that did on the server. */
  async #choose({ definition, args }: RandomCase, differences: string[]): Promise<void> {
    const view = viewOf(bytesOf(args));
    const sentAtMs = Date.now();
    const engine = this.#execute(args);
    if (isError(engine) || typeof definition.mirror === 'string') {
      this.#server.send(encodeCommand(bytesOf(args)));
      const server = await this.#read(args);
      if (!isError(server)) this.#note(args, server, engine, differences);
      return;
    }
    const rule = this.#ruleFor(definition, view);
    const tell = definition.mirror.effect(view);
    if (tell === undefined) {
      // As it stands it leaves nothing to choose: XADD with an id.
      this.#server.send(encodeCommand(bytesOf(args)));
      const server = await this.#read(args);
      if (compareReplies(rule, server, engine) !== undefined) this.#note(args, server, engine, differences);
      return;
    }
    const effect = new Effect();
    tell({ ...view, reply: engine, sentAtMs }, effect);
    for (const { expectation, writer } of effect.parts) {
      this.#server.send(writer.bytes.slice(0, writer.length));
      const server = await this.#read(args);
      if (compareExpected(expectation, rule, engine, server)) this.#note(args, server, engine, differences);
    }
  }

  /** Scores in replies are compared as those of the data. */
  #ruleFor(definition: CommandDefinition, view: CommandView): CompareRule {
    const rule = ruleFor(definition, view, new Map());
    return rule.rule === 'float' && this.scores !== undefined ? this.scores : rule;
  }

  #note(args: readonly string[], server: Reply, engine: Reply, differences: string[]): void {
    const line = args.join(' ');
    const shown = { server: show(server), engine: show(engine) };
    for (const { command, reply } of this.#allowed) {
      if (command.test(line) && reply.test(shown.server)) return;
    }
    differences.push(`${line}\n  server ${shown.server}\n  engine ${shown.engine}`);
  }

  #execute(args: readonly string[]): Reply {
    this.engine.clock.nowMs = Date.now();
    const client = this.#client;
    let text = client.call(...bytesOf(args));
    if (client.client.isWaiting) this.slicedCommands += 1;
    while (client.client.isWaiting) this.engine.engine.runLater();
    text += client.pushed;
    client.pushed = '';
    const bytes = Buffer.from(text, 'latin1');
    return decodeReply(bytes, 0, bytes.length);
  }

  async #read(args: readonly string[]): Promise<Reply> {
    const { bytes } = await this.#server.readFrame(undefined, args);
    return decodeReply(bytes, 0, bytes.length);
  }
}

/** One byte per character. */
function bytesOf(args: readonly string[]): Buffer[] {
  return args.map((text) => Buffer.from(text, 'latin1'));
}

/** Whether the command chooses by itself what it changes: SPOP. */
function isChoice(definition: CommandDefinition): boolean {
  const isRandom = definition.tips?.includes('nondeterministic_output') === true;
  return isRandom && definition.flags.includes('write') && definition.mirror !== 'verbatim';
}

function show(reply: Reply): string {
  return JSON.stringify(Buffer.from(reply.bytes).toString('latin1')).slice(0, 300);
}
