/** Makes the retry context that of a waiting client's command. Worker thread. */
import type { FrameWriter, RespVersion } from '../resp/encode.ts';
import type { Shard } from '../store/store.ts';
import { EngineClient, NO_OUTPUT } from './client.ts';
import type { Engine } from './engine.ts';
import {
  FLAG_NO_TOUCH,
  WAITER_ARGUMENTS,
  WAITER_CLIENT,
  WAITER_COMMAND,
  WAITER_DATABASE,
  WAITER_FLAGS,
  WAITER_RESP,
  WAITER_USER,
  WAITER_WORKER,
  waiterBytes,
  waiterSpans,
} from './waiting-clients.ts';

export class WaiterCommand {
  readonly #engine: Engine;
  #frame = new Uint8Array(256);
  #spans = new Int32Array(32);

  constructor(engine: Engine) {
    this.#engine = engine;
  }

  /** What the command replies goes to `writer`. Its keys are found, not locked. */
  prepare(home: Shard, waiter: number, nowMs: number, writer: FrameWriter): void {
    const { retry } = this.#engine;
    const { words, bytes } = home.arena;
    const at = waiter >> 2;
    const count = words[at + WAITER_ARGUMENTS];
    if (this.#spans.length < 2 * count) this.#spans = new Int32Array(4 * count);
    const from = waiterSpans(words, waiter);
    for (let index = 0; index < 2 * count; index++) this.#spans[index] = words[from + index];
    const start = waiterBytes(words, waiter);
    const length = this.#spans[2 * count - 1];
    if (this.#frame.length < length) this.#frame = new Uint8Array(2 * length);
    for (let index = 0; index < length; index++) this.#frame[index] = bytes[start + index];
    retry.client = this.#clientOf(words, at);
    retry.bytes = this.#frame;
    retry.spans = this.#spans;
    retry.count = count;
    retry.command = words[at + WAITER_COMMAND];
    retry.database = words[at + WAITER_DATABASE];
    retry.resp = words[at + WAITER_RESP] as RespVersion;
    retry.nowMs = nowMs;
    retry.failed = false;
    retry.writer = writer;
    this.#engine.findKeysOf(retry.command, retry);
  }

  #clientOf(words: Int32Array, at: number): EngineClient {
    const { mailbox, clients } = this.#engine;
    const id = words[at + WAITER_CLIENT];
    const own = words[at + WAITER_WORKER] === mailbox.worker ? clients.get(id) : undefined;
    if (own !== undefined) return own;
    const client = new EngineClient(id, 0, NO_OUTPUT);
    client.account = this.#engine.access.byNumber(words[at + WAITER_USER]);
    client.user = client.account?.name ?? '';
    client.noTouch = (words[at + WAITER_FLAGS] & FLAG_NO_TOUCH) !== 0;
    return client;
  }
}
