/**
 * Traffic that gives every panel of the dashboard something to show: reads, writes, errors, and replies that differ,
 * as they are known to or not.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import type { TestGateway } from '../support/gateway.ts';
import type { RawClient } from '../support/raw-client.ts';
import type { TestServer } from '../support/servers.ts';

/** Writes two keys through the gateway, waits until the shadow has them, and changes them there. */
export async function plantDifferences(
  gateway: TestGateway,
  client: RawClient,
  shadow: TestServer,
): Promise<void> {
  await client.pipeline([
    ['SET', 'planted:value', 'one'],
    ['RPUSH', 'planted:length', 'a', 'b'],
  ]);
  await gateway.shadowIdle();
  const direct = await shadow.client();
  await direct.pipeline([
    ['SET', 'planted:value', 'two'],
    ['RPUSH', 'planted:length', 'c'],
  ]);
  direct.close();
}

/** Small mixed traffic on one connection until `stop`, errors and planted differences included. */
export class Traffic {
  #stopped = false;
  #done: Promise<void> | undefined;

  start(client: RawClient): void {
    this.#done = this.#run(client);
  }

  async stop(): Promise<void> {
    this.#stopped = true;
    await this.#done;
  }

  async #run(client: RawClient): Promise<void> {
    for (let turn = 0; !this.#stopped; turn += 1) {
      await client.pipeline([
        ['SET', `text:${turn % 50}`, `value ${turn}`],
        ['GET', `text:${turn % 50}`],
        ['INCR', 'counter'],
        ['RPUSH', `list:${turn % 5}`, turn],
        ['LPOP', `list:${turn % 5}`],
        ['HSET', 'hash', `field:${turn % 20}`, turn],
        ['HGETALL', 'hash'],
      ]);
      if (turn % 20 === 0) {
        await client.pipeline([
          ['LPUSH', 'counter', 'this is an error'],
          ['GET', 'planted:value'],
          ['LRANGE', 'planted:length', '0', '-1'],
          // Known to differ between Redis and Valkey.
          ['BITCOUNT', 'counter', '0'],
          // Not compared where it is too long.
          ['SET', 'large', 'x'.repeat(2_000)],
          ['GET', 'large'],
          ['GET', 'nothing'],
        ]);
      }
      await sleep(10);
    }
  }
}
