/**
 * What single commands do to one key, as models for `isLinearizable`: a call is the command's words, a result is its
 * reply as JSON. They are written from the commands' descriptions and share no code with the engine. Pure.
 */
import type { Model } from './linearizability.ts';

type Call = readonly string[];

/** A state that can follow, if the result is the right one. */
function after(state: string, expected: unknown, result: string): readonly string[] {
  return JSON.stringify(expected) === result ? [state] : [];
}

/** A string, or nothing (empty text). `CAS old new` is EXEC of a transaction begun when the value was `old`. */
export const stringModel: Model<Call> = {
  initial: '',
  next(state, [name, first = '', second = ''], result) {
    const value = state === '' ? null : state;
    switch (name) {
      case 'GET':
        return after(state, value, result);
      case 'SET':
        return after(first, 'OK', result);
      case 'GETSET':
        return after(first, value, result);
      case 'SETNX':
        return value === null ? after(first, 1, result) : after(state, 0, result);
      case 'APPEND':
        return after(state + first, state.length + first.length, result);
      case 'GETDEL':
        return after('', value, result);
      case 'CAS':
        // What has failed has changed nothing; whether it had to fail depends on what the key was meanwhile.
        if (result === 'null') return [state];
        return state === first ? after(second, ['OK'], result) : [];
      default:
        throw new Error(`no model of ${name}`);
    }
  },
};

export const counterModel: Model<Call> = {
  initial: '0',
  next(state, [name, amount = '1'], result) {
    const change = name === 'DECR' ? -1 : Number(amount);
    const value = Number(state) + change;
    return after(String(value), value, result);
  },
};

/** Elements have no blanks. */
export const listModel: Model<Call> = {
  initial: '',
  next(state, [name, element = ''], result) {
    const list = state === '' ? [] : state.split(' ');
    if (name === 'LRANGE') return after(state, list, result);
    if (name === 'LLEN') return after(state, list.length, result);
    if (name === 'LPUSH' || name === 'RPUSH') {
      const longer = name === 'LPUSH' ? [element, ...list] : [...list, element];
      return after(longer.join(' '), longer.length, result);
    }
    const isLeft = name === 'LPOP';
    const popped = (isLeft ? list[0] : list.at(-1)) ?? null;
    return after((isLeft ? list.slice(1) : list.slice(0, -1)).join(' '), popped, result);
  },
};

/** Members have no blanks; replies of SMEMBERS are sorted before they come here. */
export const setModel: Model<Call> = {
  initial: '',
  next(state, [name, member = ''], result) {
    const members = state === '' ? [] : state.split(' ');
    const has = members.includes(member);
    const without = members.filter((one) => one !== member);
    if (name === 'SMEMBERS') return after(state, members, result);
    if (name === 'SISMEMBER') return after(state, has ? 1 : 0, result);
    if (name === 'SREM') return after(without.join(' '), has ? 1 : 0, result);
    if (name === 'SADD') return after([...without, member].sort().join(' '), has ? 0 : 1, result);
    if (members.length === 0) return after(state, null, result);
    // SPOP chooses by itself.
    const popped = JSON.parse(result) as string;
    return members.includes(popped) ? [members.filter((one) => one !== popped).join(' ')] : [];
  },
};

/** Fields and values have no blanks; replies of HGETALL are sorted by field. */
export const hashModel: Model<Call> = {
  initial: '[]',
  next(state, [name, field = '', value = ''], result) {
    const fields = new Map(JSON.parse(state) as [string, string][]);
    const old = fields.get(field);
    const write = (text: string): string =>
      JSON.stringify(
        [...fields, [field, text]].filter(([one], at) => one !== field || at === fields.size).sort(),
      );
    switch (name) {
      case 'HGET':
        return after(state, old ?? null, result);
      case 'HGETALL':
        return after(state, [...fields].flat(), result);
      case 'HSET':
        return after(write(value), old === undefined ? 1 : 0, result);
      case 'HSETNX':
        return old === undefined ? after(write(value), 1, result) : after(state, 0, result);
      case 'HINCRBY':
        return after(
          write(String(Number(old ?? 0) + Number(value))),
          Number(old ?? 0) + Number(value),
          result,
        );
      case 'HDEL':
        fields.delete(field);
        return after(JSON.stringify([...fields]), old === undefined ? 0 : 1, result);
      default:
        throw new Error(`no model of ${name}`);
    }
  },
};
