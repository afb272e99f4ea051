/**
 * Every effect against real servers: a command runs on one server, its effect as the catalogue builds it on a second
 * server that held the same data. Afterwards both must hold the same data again.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { allCommands } from '../../src/commands/catalogue.ts';
import type { CommandDefinition, EffectOutput, Expectation } from '../../src/commands/definition.ts';
import { compareExpected } from '../../src/compare/compare.ts';
import { explainDifference, type ServerPair } from '../../src/compare/known-differences.ts';
import { ruleFor } from '../../src/compare/rule-for.ts';
import { FrameWriter } from '../../src/resp/encode.ts';
import { decodeReply, isError, type Reply, replyText } from '../../src/resp/reply.ts';
import { encodeCommand, type RawArgument, type RawClient } from '../support/raw-client.ts';
import { type ServerName, serverNames, startServer } from '../support/servers.ts';
import { viewOf } from '../unit/effects/collect.ts';
import { effectCases } from './effects-cases.ts';
import { expectSameState } from './effects-state.ts';

class Collected implements EffectOutput {
  readonly parts: { readonly expectation: Expectation; readonly writer: FrameWriter }[] = [];

  command(argumentCount: number, expectation: Expectation): FrameWriter {
    const writer = new FrameWriter();
    writer.array(argumentCount);
    this.parts.push({ expectation, writer });
    return writer;
  }

  verbatim(frame: Uint8Array): void {
    const writer = new FrameWriter();
    writer.raw(frame, 0, frame.length);
    this.parts.push({ expectation: { kind: 'primary' }, writer });
  }
}

function definitionOf(name: string): CommandDefinition {
  const definition = allCommands.find((command) => command.name === name.toLowerCase());
  if (definition === undefined) throw new Error(`${name} is not in the catalogue`);
  return definition;
}

async function ask(client: RawClient, frame: Uint8Array): Promise<Reply> {
  client.send(frame);
  const { bytes } = await client.readFrame();
  return decodeReply(bytes, 0, bytes.length);
}

/**
 * Runs the command on the first server and its effect on the second; false where a server has no such command, or a
 * known difference explains the replies.
 */
async function mirror(
  first: RawClient,
  second: RawClient,
  args: readonly RawArgument[],
  servers: ServerPair,
): Promise<boolean> {
  const bytes = args.map((argument) => (argument instanceof Uint8Array ? argument : String(argument)));
  const view = viewOf(bytes);
  const definition = definitionOf(String(args[0]));
  const rule = ruleFor(definition, view, new Map());
  const sentAtMs = Date.now();
  const primary = await ask(first, encodeCommand(args));
  if (isError(primary)) {
    expect(replyText(primary)).toMatch(/^ERR (unknown command|syntax error)/);
    return false;
  }
  const builder = typeof definition.mirror === 'string' ? undefined : definition.mirror.effect(view);
  const collected = new Collected();
  if (builder === undefined) collected.verbatim(encodeCommand(args));
  else builder({ ...view, reply: primary, sentAtMs }, collected);
  for (const { expectation, writer } of collected.parts) {
    const shadow = await ask(second, writer.bytes.slice(0, writer.length));
    if (explainDifference(definition, view, primary, shadow, servers) !== undefined) return false;
    const shown = Buffer.from(shadow.bytes).toString('latin1');
    expect(isError(shadow), shown).toBe(false);
    expect(compareExpected(expectation, rule, primary, shadow), shown).toBeUndefined();
  }
  return true;
}

const pairs: readonly (readonly [ServerName, ServerName])[] = [
  ...serverNames.map((name) => [name, name] as const),
  ['redis-7.0', 'valkey-9.1'],
  ['valkey-9.1', 'redis-7.0'],
  ['redis-8.0', 'valkey-9.1'],
  ['valkey-9.1', 'redis-8.0'],
  ['redis-8.0', 'valkey-8.0'],
  ['valkey-8.0', 'redis-7.0'],
];
const wanted = pairs.filter((pair) => pair.every((name) => serverNames.includes(name)));

describe.each(wanted)('%s to %s', (firstName, secondName) => {
  let first: RawClient;
  let second: RawClient;
  let servers: ServerPair;
  const protocols: readonly (2 | 3)[] = firstName === secondName ? [2, 3] : [3];

  beforeAll(async () => {
    const [left, right] = await Promise.all([startServer(firstName), startServer(secondName)]);
    servers = { primary: left, shadow: right };
    first = await left.client();
    second = await right.client();
  });

  afterAll(() => {
    first?.close();
    second?.close();
  });

  async function prepare(setup: string, proto: 2 | 3): Promise<boolean> {
    for (const client of [first, second]) {
      await client.call('FLUSHALL');
      await client.call('HELLO', '2');
      for (const command of setup.split(' ; ').filter((text) => text.trim() !== '')) {
        const reply = await client.callTyped(...command.trim().split(' '));
        if (reply.type === 'error') {
          expect(reply.text).toMatch(/^ERR (unknown command|syntax error)/);
          return false;
        }
      }
      await client.call('HELLO', String(proto));
    }
    return true;
  }

  it.each(effectCases.flatMap((text) => protocols.map((proto) => [text, proto] as const)))(
    '%s (RESP%i)',
    async (text, proto) => {
      const [setup, line] = text.split('=>');
      const begunMs = Date.now();
      if (!(await prepare(setup, proto))) return;
      const args: RawArgument[] = line.trim().split(' ');
      const dumpAt = args.indexOf('@DUMP');
      if (dumpAt !== -1) args[dumpAt] = await dumpOf(first, 'src');
      const ran = await mirror(first, second, args, servers);
      const apartMs = Date.now() - begunMs;
      // What expires at once must be gone on both before they are looked at.
      if (line.includes('PX 20')) await sleep(40);
      for (const client of [first, second]) await client.call('HELLO', '2');
      if (ran) await expectSameState(first, second, firstName === secondName, apartMs);
    },
  );
});

async function dumpOf(client: RawClient, key: string): Promise<Uint8Array> {
  const reply = await client.callTyped('DUMP', key);
  if (reply.type !== 'bulk') throw new Error('no payload');
  return reply.bytes;
}
