/**
 * One MIGRATE under way. Worker thread. The servers stop altogether until the target has answered; here others go on
 * meanwhile, and may change the keys. So a key that is to go is watched, and goes only if it is what the target has
 * got. One that has changed is sent again in place of the copy that is there, and one that has been deleted is deleted
 * there: as if MIGRATE had begun after that. What changes again and again stays here, and the client is told.
 */
import { copyOf } from '../../base/bytes.ts';
import { RdbWriter } from '../../rdb/writer.ts';
import { FrameWriter } from '../../resp/encode.ts';
import { Key, prepareKey } from '../../store/key.ts';
import { findKey, removeKey } from '../../store/keyspace.ts';
import { hasExpiry, recordExpiry } from '../../store/record.ts';
import type { Store } from '../../store/store.ts';
import { unwatchKey, watchedChanges, watchKey } from '../../store/watch.ts';
import type { CommandContext } from '../context.ts';
import { EVENT_GENERIC } from '../key-events.ts';
import type { Continuation } from '../ports.ts';
import type { Target, TargetPort } from '../target-ports.ts';
import type { MigrateWish } from './run-migrate.ts';
import { writePayload } from './run-transfer.ts';

/** So often keys are sent that change meanwhile. */
const MOST_ROUNDS = 5;
const CHANGING =
  'ERR lockstep: keys have changed while they were transferred, and are still here; the target has older copies';

interface MovingKey {
  readonly key: Key;
  /** Changes counted when it was sent; -1: it is not watched. */
  changes: number;
  /** It was named before. */
  readonly isRepeated: boolean;
}

export class Migration implements Continuation {
  isAsleep = true;
  readonly #wish: MigrateWish;
  readonly #store: Store;
  readonly #targets: TargetPort;
  readonly #isAsking: boolean;
  #moving: MovingKey[] = [];
  /** Those that the last request is about. */
  #sent: MovingKey[] = [];
  readonly #head = new FrameWriter();
  #headLines = 0;
  readonly #body = new FrameWriter();
  #target: Target | undefined = undefined;
  #mayRetry = true;
  #rounds = 0;
  readonly #wake: () => void;

  /** `given`: arguments with keys that are there. Their shards are locked. */
  constructor(context: CommandContext, wish: MigrateWish, given: readonly number[]) {
    this.#wish = wish;
    this.#store = context.store;
    const { client } = context;
    const { targets } = context.ports;
    this.#targets = targets;
    this.#isAsking = client.isInCluster;
    this.#wake = () => {
      this.isAsleep = false;
      targets.wake(client);
    };
    const names = new Set<string>();
    for (const argument of given) {
      const name = context.text(argument);
      const { shard, bytes, start, end, database } = context.key(argument);
      const copy = copyOf(bytes, start, end);
      const key = new Key(shard, copy);
      prepareKey(context.store, key, database, copy, 0, copy.length);
      this.#moving.push({ key, changes: -1, isRepeated: names.has(name) });
      names.add(name);
    }
  }

  /** Sends the keys, whose shards are locked. False without memory to watch them. */
  begin(context: CommandContext): boolean {
    if (!this.#wish.copies) {
      for (const moving of this.#moving) {
        if (moving.isRepeated) continue;
        moving.changes = watchKey(moving.key);
        if (moving.changes >= 0) continue;
        for (const { key, changes } of this.#moving) if (changes >= 0) unwatchKey(key);
        return false;
      }
    }
    for (const moving of this.#moving) this.#writeKey(context, moving, this.#wish.replaces);
    this.#connect();
    return true;
  }

  step(context: CommandContext): boolean {
    const target = this.#target!;
    if (target.failure === 'connecting') {
      context.error('IOERR error or timeout connecting to the client');
      return this.#end();
    }
    const { lines, failure, isTimeout } = target;
    const answers = lines.slice(this.#headLines);
    if (failure !== '' && answers.length === 0 && !isTimeout && this.#mayRetry) {
      // It is common that a connection that was kept has been closed there.
      this.#mayRetry = false;
      this.#connect();
      return false;
    }
    const refusal = lines.slice(0, this.#headLines).find((line) => line.startsWith('-'));
    let error = answers.length > 0 ? refusal : undefined;
    const changed: MovingKey[] = [];
    for (const [index, answer] of answers.entries()) {
      if (refusal === undefined && !answer.startsWith('-')) this.#settle(context, this.#sent[index], changed);
      else error ??= answer;
    }
    if (error !== undefined) {
      target.database = -1;
      context.error(`ERR Target instance replied with error: ${error.slice(1)}`);
    } else if (failure !== '') {
      context.error(`IOERR error or timeout ${failure} to target instance`);
    } else if (changed.length > 0) return this.#sendAgain(context, changed);
    else {
      target.database = this.#wish.database;
      context.ok();
    }
    return this.#end();
  }

  /** What the target has is not known. The keys stay. */
  abandon(): void {
    this.#target?.close();
    this.#unwatch();
  }

  #connect(): void {
    const { host, port } = this.#wish;
    this.#target = this.#targets.take(host, port);
    this.#writeHead(this.#target);
    this.#exchange();
  }

  #exchange(): void {
    this.isAsleep = true;
    const lines = this.#headLines + this.#sent.length;
    this.#target!.exchange([this.#head, this.#body], lines, this.#wish.timeoutMs, this.#wake);
  }

  #writeHead({ database }: Target): void {
    const head = this.#head;
    const { login } = this.#wish;
    head.reset();
    this.#headLines = 0;
    if (login.length > 0) {
      head.array(1 + login.length);
      head.text('AUTH');
      for (const bytes of login) head.bulk(bytes, 0, bytes.length);
      this.#headLines += 1;
    }
    if (database === this.#wish.database) return;
    head.array(2);
    head.text('SELECT');
    head.text(String(this.#wish.database));
    this.#headLines += 1;
  }

  /** Appends what the target is to do with a key, whose shard is locked. */
  #writeKey(context: CommandContext, moving: MovingKey, replaces: boolean): void {
    const { key } = moving;
    const body = this.#body;
    findKey(this.#store, key, context.nowMs);
    if (moving.changes >= 0) moving.changes = watchedChanges(key);
    this.#sent.push(moving);
    const { arena, record } = key;
    if (record === 0) {
      body.array(2);
      body.text('DEL');
      body.bulk(key.bytes, key.start, key.end);
      return;
    }
    const livesMs = hasExpiry(arena, record) ? Math.max(1, recordExpiry(arena, record) - context.nowMs) : 0;
    const payload = new RdbWriter();
    writePayload(context, key, payload);
    body.array(replaces ? 5 : 4);
    body.text(this.#isAsking ? 'RESTORE-ASKING' : 'RESTORE');
    body.bulk(key.bytes, key.start, key.end);
    body.text(String(livesMs));
    body.bulk(payload.bytes, 0, payload.length);
    if (replaces) body.text('REPLACE');
  }

  /** The target has got a key: it goes from here, unless it has changed. */
  #settle(context: CommandContext, moving: MovingKey, changed: MovingKey[]): void {
    const { key, isRepeated } = moving;
    if (this.#wish.copies || isRepeated) return;
    const entered = this.#store.enter(key.shard);
    findKey(this.#store, key, context.nowMs);
    if (watchedChanges(key) !== moving.changes) changed.push(moving);
    else {
      if (key.record !== 0) {
        context.ports.snapshots.keep(key);
        removeKey(key);
        context.changed(key, EVENT_GENERIC, 'del');
      }
      unwatchKey(key);
      moving.changes = -1;
    }
    this.#store.leave(key.shard, entered);
  }

  #sendAgain(context: CommandContext, changed: readonly MovingKey[]): boolean {
    this.#rounds += 1;
    if (this.#rounds > MOST_ROUNDS) {
      context.error(CHANGING);
      return this.#end();
    }
    this.#sent = [];
    this.#body.reset();
    for (const moving of changed) {
      const entered = this.#store.enter(moving.key.shard);
      this.#writeKey(context, moving, true);
      this.#store.leave(moving.key.shard, entered);
    }
    this.#head.reset();
    this.#headLines = 0;
    this.#exchange();
    return false;
  }

  #end(): true {
    this.#unwatch();
    this.#target!.giveBack();
    return true;
  }

  #unwatch(): void {
    for (const { key, changes } of this.#moving) {
      if (changes < 0) continue;
      const entered = this.#store.enter(key.shard);
      unwatchKey(key);
      this.#store.leave(key.shard, entered);
    }
    this.#moving = [];
  }
}
