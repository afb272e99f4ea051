/** What a server holds, in a form that can be compared between servers. */
import { expect } from 'vitest';
import type { RawClient } from '../support/raw-client.ts';
import type { PlainReply } from '../support/raw-reply.ts';

/** Beside the time that went by between the two servers. */
const timeToleranceMs = 1_000;

interface KeyState {
  readonly key: string;
  readonly content: PlainReply[];
  /** Unix ms, or negative codes. */
  readonly times: number[];
}

async function readState(client: RawClient, strict: boolean): Promise<KeyState[]> {
  const keys = ((await client.call('KEYS', '*')) as string[]).sort();
  const states: KeyState[] = [];
  for (const key of keys) {
    const type = await client.call('TYPE', key);
    const digest = await contentOf(client, key, String(type));
    const content = [type, digest];
    const times = [Number(await client.call('PEXPIRETIME', key))];
    if (type === 'hash') times.push(...(await fieldTimes(client, key)));
    if (type === 'stream') content.push(...(await groupState(client, key, strict)));
    states.push({ key, content, times });
  }
  return states;
}

/** Redis 8 counts the times of fields in the digest and Redis 7.0 prints scores differently; the rest is comparable. */
async function contentOf(client: RawClient, key: string, type: string): Promise<PlainReply> {
  if (type === 'hash') return fieldValues(client, key);
  if (type !== 'zset') return client.call('DEBUG', 'DIGEST-VALUE', key);
  const members = (await client.call('ZRANGE', key, '0', '-1', 'WITHSCORES')) as string[];
  return members.map((text, index) => (index % 2 === 1 ? String(Number(text)) : text));
}

async function fieldValues(client: RawClient, key: string): Promise<PlainReply> {
  const fields = fieldsOf(await client.call('HGETALL', key));
  return Object.entries(fields)
    .map(([field, value]) => `${field} ${value}`)
    .sort();
}

async function fieldTimes(client: RawClient, key: string): Promise<number[]> {
  const fields = ((await client.call('HKEYS', key)) as string[]).sort();
  const reply = await client.call('HPEXPIRETIME', key, 'FIELDS', fields.length, ...fields);
  return Array.isArray(reply) ? reply.map(Number) : [];
}

/** Groups, consumers and pending entries without their times. */
async function groupState(client: RawClient, key: string, strict: boolean): Promise<PlainReply[]> {
  const state: PlainReply[] = [];
  for (const group of ((await client.call('XINFO', 'GROUPS', key)) as PlainReply[][]).map(fieldsOf)) {
    const name = String(group.name);
    const consumers = ((await client.call('XINFO', 'CONSUMERS', key, name)) as PlainReply[][]).map(fieldsOf);
    const pending = (await client.call('XPENDING', key, name, '-', '+', '100')) as PlainReply[][];
    state.push(strict ? JSON.stringify(group, withoutBigInts) : `${name} ${group['last-delivered-id']}`);
    // Which reads create a consumer differs between versions.
    const shown = consumers.filter((consumer) => strict || Number(consumer.pending) > 0);
    state.push(shown.map((consumer) => `${consumer.name} ${consumer.pending}`));
    state.push(pending.map(([id, consumer, , count]) => `${id} ${consumer} ${count}`));
  }
  return state;
}

function withoutBigInts(_key: string, value: unknown): unknown {
  return typeof value === 'bigint' ? String(value) : value;
}

function fieldsOf(reply: PlainReply): Record<string, PlainReply> {
  if (!Array.isArray(reply)) return Object.fromEntries(reply as unknown as Map<string, PlainReply>);
  const fields: Record<string, PlainReply> = {};
  for (let index = 0; index < reply.length; index += 2) fields[String(reply[index])] = reply[index + 1];
  return fields;
}

function sameTime(left: number, right: number, apartMs: number): boolean {
  return left < 0 || right < 0 ? left === right : Math.abs(left - right) <= timeToleranceMs + apartMs;
}

/**
 * `strict`: servers of one kind, whose metadata must be the same as well. `apartMs`: how much later than the first the
 * second may have got a command, and so counts the time from. Both connections speak RESP2.
 */
export async function expectSameState(
  first: RawClient,
  second: RawClient,
  strict: boolean,
  apartMs: number,
): Promise<void> {
  const left = await readState(first, strict);
  const right = await readState(second, strict);
  const contents = (states: KeyState[]): unknown => states.map(({ key, content }) => [key, content]);
  expect(contents(right)).toEqual(contents(left));
  for (const [index, state] of left.entries()) {
    const times = right[index].times;
    const isSame =
      times.length === state.times.length &&
      state.times.every((time, at) => sameTime(time, times[at], apartMs));
    expect(isSame, `${state.key}: ${state.times} ${times}`).toBe(true);
  }
}
