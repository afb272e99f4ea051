/**
 * Where in a cluster a command belongs: to one slot, to any node, to all of them, or in parts to several slots. Worker
 * thread, per command: reads the arguments in place. Knows slots, not nodes: who owns a slot is for the topology.
 *
 * Split are commands that the servers' own tips let clients split (request policy `multi_shard`). Everything else on
 * keys of several slots gets the error that the servers of a cluster give.
 */
import { parseInteger } from '../base/bytes.ts';
import { keySlot, SLOT_COUNT } from '../base/slot.ts';
import type { CommandDefinition, CommandView, MergeRule, RequestPolicy } from '../commands/definition.ts';
import { BIT_KEYED, BIT_SINGLE_KEY, type CommandTable } from '../commands/table.ts';
import type { FrameWriter } from '../resp/encode.ts';
import { findKeys, KeyList } from './keys.ts';
import { Parts } from './parts.ts';

/** No key decides: any primary will do, and whatever is wrong with the command, it finds out. */
export const ROUTE_ANY = 0;
/** The owner of `slot`. */
export const ROUTE_SLOT = 1;
/** `parts`, each to the owner of its slot; their replies become one by `merge`. */
export const ROUTE_PARTS = 2;
/** Every primary, and `merge`. */
export const ROUTE_SHARDS = 3;
/** Every node, replicas too, and `merge`. */
export const ROUTE_NODES = 4;
/** SCAN: see `scan-walk.ts`. */
export const ROUTE_SCAN = 5;
/** Nowhere: `error` is the reply. */
export const ROUTE_REFUSED = 6;

export type Route =
  | typeof ROUTE_ANY
  | typeof ROUTE_SLOT
  | typeof ROUTE_PARTS
  | typeof ROUTE_SHARDS
  | typeof ROUTE_NODES
  | typeof ROUTE_SCAN
  | typeof ROUTE_REFUSED;

/** As the servers say it (valkey 8.0 `getNodeByQuery`, redis 7.0 the same). */
export const CROSSSLOT = "CROSSSLOT Keys in request don't hash to the same slot";

const NOT_SPLIT = 0;
const NO_COUNT = -1;

/** By command id: what its definition says about routing. */
interface Rule {
  readonly definition: CommandDefinition;
  /** Of commands that do not go by their keys. */
  readonly route: Route;
  readonly merge: MergeRule;
  /** Arguments of a unit of a command that is split, or NOT_SPLIT. */
  readonly step: number;
  /** The argument with the number of keys, or NO_COUNT. */
  readonly countAt: number;
}

export class Router {
  /** After `route`: the keys, where the command goes by them. */
  readonly keys = new KeyList();
  /** After ROUTE_PARTS. */
  readonly parts: Parts;
  /** After ROUTE_SLOT. */
  slot = -1;
  /** After ROUTE_REFUSED: the error reply, without '-' and CRLF. */
  error = '';
  readonly #table: CommandTable;
  readonly #rules: (Rule | undefined)[] = [];
  #rule: Rule | undefined = undefined;

  constructor(table: CommandTable) {
    this.#table = table;
    this.parts = new Parts(this.keys);
  }

  /** How the replies become one. After ROUTE_PARTS, ROUTE_SHARDS and ROUTE_NODES. */
  get merge(): MergeRule {
    return this.#rule!.merge;
  }

  /** Where the command with this id (negative: unknown) belongs. What it fills is valid until the next call. */
  route(id: number, command: CommandView): Route {
    if (id < 0) return ROUTE_ANY;
    const bits = this.#table.bits[id];
    if ((bits & BIT_SINGLE_KEY) !== 0) {
      const argument = this.#table.firstKey[id];
      if (argument >= command.count) return ROUTE_ANY;
      return this.#toSlotOf(command, argument);
    }
    const rule = this.#ruleOf(id);
    this.#rule = rule;
    if ((bits & BIT_KEYED) !== 0) return this.#byKeys(id, rule, command);
    const { slotArgument } = rule.definition.cluster ?? {};
    return slotArgument === undefined ? rule.route : this.#byNumber(command, slotArgument);
  }

  /** Appends a part of the command that has just been routed to ROUTE_PARTS. */
  writePart(part: number, command: CommandView, out: FrameWriter): void {
    const { step, countAt } = this.#rule!;
    this.parts.write(part, command, step, countAt, out);
  }

  #ruleOf(id: number): Rule {
    const known = this.#rules[id];
    if (known !== undefined) return known;
    const rule = makeRule(this.#table.definitions[id]);
    this.#rules[id] = rule;
    return rule;
  }

  #toSlotOf({ bytes, spans }: CommandView, argument: number): Route {
    this.slot = keySlot(bytes, spans[2 * argument], spans[2 * argument + 1]);
    return ROUTE_SLOT;
  }

  #byKeys(id: number, rule: Rule, command: CommandView): Route {
    const { keys, parts } = this;
    if (!findKeys(this.#table, id, command, keys) || keys.count === 0) return ROUTE_ANY;
    if (keys.count === 1) return this.#toSlotOf(command, keys.indexes[0]);
    parts.group(command);
    this.slot = parts.slots[0];
    if (parts.count === 1) return ROUTE_SLOT;
    if (rule.step === NOT_SPLIT || rule.definition.cluster?.isWhole?.(command) === true) {
      return this.#refuse(CROSSSLOT);
    }
    const last = keys.indexes[keys.count - 1];
    if (last + rule.step > command.count) {
      return this.#refuse(`ERR wrong number of arguments for '${rule.definition.name}' command`);
    }
    return ROUTE_PARTS;
  }

  #byNumber({ bytes, spans, count }: CommandView, argument: number): Route {
    if (argument >= count) return ROUTE_ANY;
    const slot = parseInteger(bytes, spans[2 * argument], spans[2 * argument + 1]);
    if (!(slot >= 0 && slot < SLOT_COUNT)) return ROUTE_ANY;
    this.slot = slot;
    return ROUTE_SLOT;
  }

  #refuse(error: string): Route {
    this.error = error;
    return ROUTE_REFUSED;
  }
}

const ROUTES: Readonly<Record<RequestPolicy | 'any' | 'scan', Route>> = {
  any: ROUTE_ANY,
  all_nodes: ROUTE_NODES,
  all_shards: ROUTE_SHARDS,
  // By keys, where it has any.
  multi_shard: ROUTE_ANY,
  special: ROUTE_ANY,
  scan: ROUTE_SCAN,
};

/** Cold: once per command. */
function makeRule(definition: CommandDefinition): Rule {
  const { cluster = {}, keys } = definition;
  const request = cluster.request ?? definition.request;
  const route = request === undefined ? ROUTE_ANY : ROUTES[request];
  const merge = mergeOf(definition);
  if (request !== 'multi_shard') return { definition, route, merge, step: NOT_SPLIT, countAt: NO_COUNT };
  const { begin, find } = keys[0];
  const step = find.type === 'unknown' ? NOT_SPLIT : find.step;
  const isCounted = find.type === 'keynum' && begin.type === 'index';
  return { definition, route, merge, step, countAt: isCounted ? begin.index + find.keyCountIndex : NO_COUNT };
}

/** Without a policy, parts of a command with keys are in their order, and lists of nodes follow each other. */
function mergeOf({ cluster = {}, keys, response }: CommandDefinition): MergeRule {
  if (cluster.merge !== undefined) return cluster.merge;
  if (response === 'special') return 'first';
  return response ?? (keys.length > 0 ? 'ordered' : 'concatenate');
}
