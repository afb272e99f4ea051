/** What MIGRATE does on the engine: reads the command, and which keys there are to move. As valkey 8.0 `cluster.c`. */
import { copyOf } from '../../base/bytes.ts';
import { integerAt, isWord, word } from '../arguments.ts';
import type { CommandContext } from '../context.ts';
import { readKey } from '../lookup.ts';
import { Migration } from './migration.ts';

const COPY = word('copy');
const REPLACE = word('replace');
const AUTH = word('auth');
const AUTH2 = word('auth2');
const KEYS = word('keys');
const FIRST_OPTION = 6;
const DEFAULT_TIMEOUT_MS = 1000;
const KEY_BESIDE_KEYS =
  'ERR When using MIGRATE KEYS option, the key argument must be set to the empty string';
const NOT_IN_ONE_PIECE = 'ERR lockstep: MIGRATE cannot run in a transaction or a script on the engine';

export interface MigrateWish {
  host: string;
  port: number;
  database: number;
  timeoutMs: number;
  copies: boolean;
  replaces: boolean;
  /** Arguments of AUTH; none: it is not sent. */
  login: readonly Uint8Array[];
  /** Arguments that name keys: from the first on, so many. */
  firstKey: number;
  keyCount: number;
}

export function runMigrate(context: CommandContext): void {
  const wish = readWish(context);
  if (wish === undefined) return;
  const found: number[] = [];
  for (let at = wish.firstKey; at < wish.firstKey + wish.keyCount; at++)
    if (readKey(context, at).record !== 0) found.push(at);
  if (found.length === 0) {
    context.simple('NOKEY');
    return;
  }
  if (!context.mayYield) {
    context.error(NOT_IN_ONE_PIECE);
    return;
  }
  const migration = new Migration(context, wish, found);
  if (migration.begin(context)) context.later(migration);
  else context.outOfMemory();
}

/** Undefined after an error. */
function readWish(context: CommandContext): MigrateWish | undefined {
  const wish: MigrateWish = {
    host: context.text(1),
    // As atoi has it.
    port: Number.parseInt(context.text(2), 10) || 0,
    database: 0,
    timeoutMs: 0,
    copies: false,
    replaces: false,
    login: [],
    firstKey: 3,
    keyCount: 1,
  };
  if (!readOptions(context, wish)) return undefined;
  wish.timeoutMs = integerAt(context, 5);
  if (Number.isNaN(wish.timeoutMs)) return undefined;
  wish.database = integerAt(context, 4);
  if (Number.isNaN(wish.database)) return undefined;
  if (wish.timeoutMs <= 0) wish.timeoutMs = DEFAULT_TIMEOUT_MS;
  return wish;
}

function readOptions(context: CommandContext, wish: MigrateWish): boolean {
  const { count, bytes } = context;
  for (let at = FIRST_OPTION; at < count; at++) {
    const more = count - 1 - at;
    const login = isWord(context, at, AUTH) ? 1 : isWord(context, at, AUTH2) ? 2 : 0;
    if (isWord(context, at, COPY)) wish.copies = true;
    else if (isWord(context, at, REPLACE)) wish.replaces = true;
    else if (login > 0 && more >= login) {
      const given = Array.from({ length: login }, (_, index) => at + 1 + index);
      wish.login = given.map((argument) => copyOf(bytes, context.start(argument), context.end(argument)));
      at += login;
    } else if (login === 0 && isWord(context, at, KEYS)) {
      if (context.length(3) > 0) {
        context.error(KEY_BESIDE_KEYS);
        return false;
      }
      wish.firstKey = at + 1;
      wish.keyCount = more;
      return true;
    } else {
      context.syntaxError();
      return false;
    }
  }
  return true;
}
