/**
 * Every effect against real servers: a command runs on one server, its effect as the catalogue builds it on a second
 * server of the same kind that held the same data. Afterwards both must hold the same data again.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { allCommands } from '../../src/commands/catalogue.ts';
import type { CommandDefinition, EffectOutput, Expectation } from '../../src/commands/definition.ts';
import { compareExpected } from '../../src/compare/compare.ts';
import { ruleFor } from '../../src/compare/rule-for.ts';
import { FrameWriter } from '../../src/resp/encode.ts';
import { decodeReply, isError, type Reply, replyText } from '../../src/resp/reply.ts';
import { encodeCommand, type RawArgument, type RawClient } from '../support/raw-client.ts';
import type { PlainReply } from '../support/raw-reply.ts';
import { serverNames, startServer } from '../support/servers.ts';
import { viewOf } from '../unit/effects/collect.ts';

/** Both servers run what is before `=>` (separated by `;`), the first server what is after it. */
const cases: readonly string[] = [
  '=> SET k v EX 100',
  '=> SET k v px 100000 NX',
  'SET k old => SET k v EX 100 NX',
  'SET k old => SET k v XX GET EX 100',
  'SET k old => SET k v EX 100 GET NX',
  '=> SET k v EX 100 XX GET',
  '=> SET EX EX EX 100',
  'SET k v EX 100 => SET k w KEEPTTL',
  '=> SET k v PXAT 4102444800000',
  '=> SET k v EX 9007199254741',
  '=> SET k v PX 9223370000000000000',
  '=> SET k v PX 20',
  'SET k v => SET k w IFEQ v EX 100',
  'SET k v => SET k w IFEQ zzz EX 100',
  '=> SETEX k 100 v',
  '=> psetex k 100000 v',
  'SET k v => GETEX k EX 100',
  'SET k v => GETEX k PX 100000',
  'SET k v EX 50 => GETEX k PERSIST',
  '=> GETEX k EX 100',
  'SET k v => EXPIRE k 100',
  'SET k v => pexpire k 100000',
  'SET k v => EXPIRE k 100 NX',
  'SET k v EX 100 => EXPIRE k 200 NX',
  'SET k v EX 100 => EXPIRE k 200 XX GT',
  'SET k v EX 100 => EXPIRE k 50 GT',
  'SET k v EX 100 => EXPIRE k 50 LT',
  'SET k v => EXPIRE k 50 LT',
  'SET k v => EXPIRE k 50 GT',
  'SET k v => EXPIRE k -1',
  'SET k v => EXPIRE k 0',
  '=> EXPIRE k 100',
  'SET k v => EXPIRE k 9007199254741',
  '=> MSETEX 2 a 1 b 2 EX 100',
  'SET b 1 => MSETEX 2 a 1 b 2 PX 100000 NX',
  'SET src v => RESTORE k 100000 @DUMP',
  'SET src v ; SET k v => RESTORE k 100000 @DUMP REPLACE IDLETIME 5',
  'SET src v => RESTORE k 0 @DUMP',
  'HSET h f v g w => HEXPIRE h 100 FIELDS 2 f nof',
  'HSET h f v g w => HPEXPIRE h 100000 NX FIELDS 1 f',
  'HSETEX h EX 100 FIELDS 2 f v g w ; HPERSIST h FIELDS 1 g => HEXPIRE h 200 GT FIELDS 3 f g nof',
  'HSETEX h EX 100 FIELDS 2 f v g w ; HPERSIST h FIELDS 1 g => HEXPIRE h 50 LT FIELDS 3 f g nof',
  'HSETEX h EX 100 FIELDS 1 f v => HEXPIRE h 50 GT FIELDS 1 f',
  'HSET h f v => HEXPIRE h 0 FIELDS 1 f',
  '=> HEXPIRE h 100 FIELDS 1 f',
  '=> HSETEX h EX 100 FIELDS 1 f v',
  'HSET h f v => HSETEX h FNX PX 100000 FIELDS 2 f w g w',
  '=> HSETEX h FNX PX 100000 FIELDS 2 EX 5 PX 6',
  'HSET h f v => HGETEX h EX 100 FIELDS 2 f nof',
  'HSETEX h EX 100 FIELDS 1 f v => HGETEX h PERSIST FIELDS 1 f',
  '=> SPOP s',
  'SADD s a => SPOP s',
  'SADD s a b c d e f => SPOP s',
  'SADD s a b c d e f => SPOP s 4',
  'SADD s 1 2 3 4 5 6 => SPOP s 100',
  'SADD s a => SPOP s 0',
  'RPUSH l a b => BLPOP nokey l 0',
  'RPUSH l a b => brpop nokey l 0',
  '=> BLPOP l 0.01',
  'RPUSH l a b ; RPUSH m c => BLMOVE l m LEFT RIGHT 0',
  'RPUSH l a b => BRPOPLPUSH l l 0',
  '=> BRPOPLPUSH l m 0.01',
  '=> BLMOVE l m LEFT RIGHT 0.01',
  'RPUSH l a b c => BLMPOP 0 2 nokey l RIGHT COUNT 2',
  'RPUSH l a b c => BLMPOP 0 1 l LEFT COUNT 10',
  '=> BLMPOP 0.01 1 l LEFT',
  'ZADD z 1 a 0.1 b 1e17 c => BZPOPMIN nokey z 0',
  'ZADD z 1 a 0.1 b 1e17 c => bzpopmax nokey z 0',
  '=> BZPOPMIN z 0.01',
  'ZADD z 1 a 2 b 3 c => BZMPOP 0 2 nokey z MAX COUNT 2',
  '=> BZMPOP 0.01 1 z MIN',
  '=> XADD x * f v',
  '=> XADD x 5-* f *',
  'XADD x 5-5 f v => XADD x 5-* f v',
  'XADD x 1-1 f v => XADD x NOMKSTREAM MAXLEN ~ 1 LIMIT 10 * f v',
  'XADD x 1-1 f v => XADD x MAXLEN 1 * f v',
  'XADD x 1-1 f v => XADD x MINID = 2 * f v',
  '=> XADD x NOMKSTREAM * f v',
  'XADD x 1-1 f v ; XADD x 2-1 f v ; XGROUP CREATE x g 0 => XREADGROUP GROUP g c COUNT 1 STREAMS x >',
  'XADD x 1-1 f v ; XADD x 2-1 f v ; XGROUP CREATE x g 0 => XREADGROUP GROUP g c COUNT 1 BLOCK 0 STREAMS x >',
  'XADD x 1-1 f v ; XADD x 2-1 f v ; XGROUP CREATE x g 0 => XREADGROUP GROUP g c BLOCK 10 NOACK STREAMS x >',
  'XADD x 1-1 f v ; XGROUP CREATE x g $ => XREADGROUP GROUP g c BLOCK 10 STREAMS x >',
  [
    'XADD x 1-1 f v ; XGROUP CREATE x g $ ; XADD y 1-1 f v ; XGROUP CREATE y g 0',
    'XADD w 1-1 f v ; XADD w 2-1 f v ; XGROUP CREATE w g 0 ; XREADGROUP GROUP g c COUNT 1 STREAMS w >',
    '=> XREADGROUP GROUP g c BLOCK 10 STREAMS x y w > > 0',
  ].join(' ; '),
  'XADD x 1-1 f v ; XADD x 2-1 f v ; @GROUP => XCLAIM x g d 0 1-1 2-1',
  'XADD x 1-1 f v ; XADD x 2-1 f v ; @GROUP => XCLAIM x g d 0 1-1 2-1 JUSTID',
  'XADD x 1-1 f v ; XADD x 2-1 f v ; @GROUP => XCLAIM x g d 0 1-1 9-9 RETRYCOUNT 7 IDLE 500',
  'XADD x 1-1 f v ; XADD x 2-1 f v ; @GROUP => XCLAIM x g d 3600000 1-1 2-1',
  'XADD x 1-1 f v ; XADD x 2-1 f v ; @GROUP ; XCLAIM x g c 0 2-1 IDLE 9000000 JUSTID => XCLAIM x g d 3600000 1-1 2-1',
  'XADD x 1-1 f v ; XADD x 2-1 f v ; @GROUP ; XDEL x 1-1 => XCLAIM x g d 0 1-1 2-1',
  'XADD x 1-1 f v ; XADD x 2-1 f v ; @GROUP ; XDEL x 1-1 2-1 => XCLAIM x g d 3600000 1-1',
  'XADD x 1-1 f v ; XADD x 2-0 f v ; XGROUP CREATE x g 0 => XCLAIM x g d 0 1-1 2 FORCE LASTID 1-1',
  'XADD x 1-1 f v ; XGROUP CREATE x g 0 => XCLAIM x g d 0 5-5 LASTID 1-1',
  'XADD x 1-1 f v ; XADD x 2-1 f v ; @GROUP => XAUTOCLAIM x g d 0 0 COUNT 1',
  'XADD x 1-1 f v ; XADD x 2-1 f v ; @GROUP => XAUTOCLAIM x g d 0 - JUSTID',
  'XADD x 1-1 f v ; XADD x 2-1 f v ; @GROUP ; XDEL x 1-1 => XAUTOCLAIM x g d 0 0',
  'XADD x 1-1 f v ; XADD x 2-1 f v ; @GROUP ; XDEL x 1-1 2-1 => XAUTOCLAIM x g d 0 0',
  'XADD x 1-1 f v ; XADD x 2-1 f v ; @GROUP => XAUTOCLAIM x g d 3600000 0',
].map((text) =>
  text.replace('; =>', '=>').replace('@GROUP', 'XGROUP CREATE x g 0 ; XREADGROUP GROUP g c STREAMS x >'),
);

const timeToleranceMs = 1_000;

class Collected implements EffectOutput {
  readonly parts: { readonly expectation: Expectation; readonly writer: FrameWriter }[] = [];

  command(argumentCount: number, expectation: Expectation): FrameWriter {
    const writer = new FrameWriter();
    writer.array(argumentCount);
    this.parts.push({ expectation, writer });
    return writer;
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

/** Runs the command on the first server and its effect on the second; false where the server has no such command. */
async function mirror(first: RawClient, second: RawClient, args: readonly RawArgument[]): Promise<boolean> {
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
  if (builder === undefined) {
    const shadow = await ask(second, encodeCommand(args));
    expect(compareExpected({ kind: 'primary' }, rule, primary, shadow)).toBeUndefined();
    return true;
  }
  const collected = new Collected();
  builder({ ...view, reply: primary, sentAtMs }, collected);
  for (const { expectation, writer } of collected.parts) {
    const shadow = await ask(second, writer.bytes.slice(0, writer.length));
    const shown = Buffer.from(shadow.bytes).toString('latin1');
    expect(isError(shadow), shown).toBe(false);
    expect(compareExpected(expectation, rule, primary, shadow), shown).toBeUndefined();
  }
  return true;
}

interface KeyState {
  readonly key: string;
  readonly content: PlainReply[];
  /** Unix ms, or negative codes. */
  readonly times: number[];
}

async function readState(client: RawClient): Promise<KeyState[]> {
  const keys = ((await client.call('KEYS', '*')) as string[]).sort();
  const states: KeyState[] = [];
  for (const key of keys) {
    const content = [await client.call('TYPE', key), await client.call('DEBUG', 'DIGEST-VALUE', key)];
    const times = [Number(await client.call('PEXPIRETIME', key))];
    if (content[0] === 'hash') times.push(...(await fieldTimes(client, key)));
    if (content[0] === 'stream') content.push(...(await groupState(client, key)));
    states.push({ key, content, times });
  }
  return states;
}

async function fieldTimes(client: RawClient, key: string): Promise<number[]> {
  const fields = ((await client.call('HKEYS', key)) as string[]).sort();
  const reply = await client.call('HPEXPIRETIME', key, 'FIELDS', fields.length, ...fields);
  return Array.isArray(reply) ? reply.map(Number) : [];
}

/** Groups, consumers and pending entries without their times. */
async function groupState(client: RawClient, key: string): Promise<PlainReply[]> {
  const state: PlainReply[] = [];
  for (const group of ((await client.call('XINFO', 'GROUPS', key)) as PlainReply[][]).map(fieldsOf)) {
    const name = String(group.name);
    const consumers = ((await client.call('XINFO', 'CONSUMERS', key, name)) as PlainReply[][]).map(fieldsOf);
    const pending = (await client.call('XPENDING', key, name, '-', '+', '100')) as PlainReply[][];
    state.push(JSON.stringify(group, (_key, value) => (typeof value === 'bigint' ? String(value) : value)));
    state.push(consumers.map((consumer) => `${consumer.name} ${consumer.pending}`));
    state.push(pending.map(([id, consumer, , count]) => `${id} ${consumer} ${count}`));
  }
  return state;
}

function fieldsOf(reply: PlainReply): Record<string, PlainReply> {
  if (!Array.isArray(reply)) return Object.fromEntries(reply as unknown as Map<string, PlainReply>);
  const fields: Record<string, PlainReply> = {};
  for (let index = 0; index < reply.length; index += 2) fields[String(reply[index])] = reply[index + 1];
  return fields;
}

function sameTime(left: number, right: number): boolean {
  return left < 0 || right < 0 ? left === right : Math.abs(left - right) <= timeToleranceMs;
}

async function expectSameState(first: RawClient, second: RawClient): Promise<void> {
  const left = await readState(first);
  const right = await readState(second);
  const contents = (states: KeyState[]): unknown => states.map(({ key, content }) => [key, content]);
  expect(contents(right)).toEqual(contents(left));
  for (const [index, state] of left.entries()) {
    const times = right[index].times;
    const isSame =
      times.length === state.times.length && state.times.every((time, at) => sameTime(time, times[at]));
    expect(isSame, `${state.key}: ${state.times} ${times}`).toBe(true);
  }
}

describe.each(serverNames)('%s', (name) => {
  let first: RawClient;
  let second: RawClient;

  beforeAll(async () => {
    const [left, right] = await Promise.all([startServer(name), startServer(name)]);
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

  it.each(cases.flatMap((text) => [[text, 2] as const, [text, 3] as const]))(
    '%s (RESP%i)',
    async (text, proto) => {
      const [setup, line] = text.split('=>');
      if (!(await prepare(setup, proto))) return;
      const args: RawArgument[] = line.trim().split(' ');
      const dumpAt = args.indexOf('@DUMP');
      if (dumpAt !== -1) args[dumpAt] = await dumpOf(first, 'src');
      const ran = await mirror(first, second, args);
      // What expires at once must be gone on both before they are looked at.
      if (line.includes('PX 20')) await sleep(40);
      for (const client of [first, second]) await client.call('HELLO', '2');
      if (ran) await expectSameState(first, second);
    },
  );
});

async function dumpOf(client: RawClient, key: string): Promise<Uint8Array> {
  const reply = await client.callTyped('DUMP', key);
  if (reply.type !== 'bulk') throw new Error('no payload');
  return reply.bytes;
}
