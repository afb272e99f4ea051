/**
 * What a listener shows its clients: a plain server, or a cluster whose nodes are gateways (`listen[].face`). Worker
 * thread. Cold: clients ask about a cluster when they connect and now and then.
 *
 * A plain server before a cluster answers CLUSTER as a server without cluster support does. A cluster serves every
 * slot on every gateway: nobody is ever redirected, and commands on several slots run wherever the primary runs them.
 */

import { keySlot } from '../base/slot.ts';
import type { CommandView } from '../commands/definition.ts';
import type { CommandTable } from '../commands/table.ts';
import { parseAddress } from '../config/address.ts';
import type { ListenConfig } from '../config/schema.ts';
import { OK } from '../resp/constants.ts';
import type { FrameWriter, RespVersion } from '../resp/encode.ts';
import { errorCode, type Reply } from '../resp/reply.ts';
import {
  type AnnouncedAddress,
  type AnnouncedNode,
  announcedNodes,
  type SlotPlan,
} from './announced-nodes.ts';
import type { ClientPlan, Planner } from './client-plan.ts';
import * as replies from './cluster-replies.ts';
import { argumentText, wholeFrame } from './frames.ts';

export type FaceMode = 'cluster' | 'standalone';

interface Question {
  readonly command: CommandView;
  readonly nodes: readonly AnnouncedNode[];
  readonly resp: RespVersion;
  readonly isSecret: boolean;
  readonly writer: FrameWriter;
}

type Answer = (question: Question) => void;

const DISABLED = 'ERR This instance has cluster support disabled';
const NO_SLOTS = 'ERR lockstep: keys are known by slot only where the primary is a cluster';
/** What the server is asked in place of a command that must not get there: whether the client may ask at all. */
const MYID = wholeFrame(['CLUSTER', 'MYID']);

const ANSWERS: Readonly<Record<string, Answer>> = {
  'cluster|slots': ({ writer, nodes, resp }) => replies.writeSlots(writer, nodes, resp),
  'cluster|shards': ({ writer, nodes, resp, isSecret }) => replies.writeShards(writer, nodes, resp, isSecret),
  'cluster|nodes': ({ writer, nodes, resp }) => writer.verbatim(replies.nodesText(nodes), resp),
  'cluster|info': ({ writer, nodes, resp }) => writer.verbatim(replies.infoText(nodes), resp),
  'cluster|keyslot': ({ writer, command: { bytes, spans } }) =>
    writer.integer(keySlot(bytes, spans[4], spans[5])),
  'cluster|myid': ({ writer, nodes }) => writer.bulkText(nodes.find(({ isSelf }) => isSelf)?.id ?? ''),
  'cluster|myshardid': ({ writer, nodes }) => writer.bulkText(replies.shardIdText(nodes)),
  'cluster|links': ({ writer }) => writer.array(0),
  'cluster|replicas': answerReplicas,
  'cluster|slaves': answerReplicas,
  'cluster|count-failure-reports': ({ writer, nodes, command }) => {
    const id = argumentText(command, 2);
    if (nodes.some((node) => node.id === id)) writer.integer(0);
    else writer.error(`ERR Unknown node ${id}`);
  },
  readonly: ({ writer }) => writer.constant(OK),
  readwrite: ({ writer }) => writer.constant(OK),
  asking: ({ writer }) => writer.constant(OK),
};
/** A cluster as primary answers these itself. */
const BY_SLOT = ['cluster|countkeysinslot', 'cluster|getkeysinslot', 'cluster|slot-stats'];
const CONNECTION_COMMANDS = ['readonly', 'readwrite', 'asking'];

function answerReplicas({ writer, nodes, command }: Question): void {
  const id = argumentText(command, 2);
  if (!replies.writeReplicas(writer, nodes, id)) writer.error(`ERR Unknown node ${id}`);
}

export class Face {
  /** As HELLO and INFO tell it. */
  readonly mode: FaceMode;
  /** By command id: what the gateway answers, after it has asked the server whether the client may. */
  readonly plans: (Planner | undefined)[] = [];
  readonly #table: CommandTable;
  readonly #answers: (Answer | undefined)[] = [];
  readonly #listener: ListenConfig;
  #nodes: readonly AnnouncedNode[] | undefined = undefined;

  /** Undefined where clients can be shown what the server says. `isCluster`: the primary is one. */
  static of(listener: ListenConfig, table: CommandTable, isCluster: boolean): Face | undefined {
    if (listener.face === 'server' && !isCluster) return undefined;
    return new Face(listener, table, isCluster);
  }

  private constructor(listener: ListenConfig, table: CommandTable, isCluster: boolean) {
    this.mode = listener.face === 'cluster' ? 'cluster' : 'standalone';
    this.#listener = listener;
    this.#table = table;
    const subcommands = table.subcommandIds(table.byName('cluster'));
    for (const id of subcommands) this.#set(id, this.#answerTo(table.definitions[id].name, isCluster));
    for (const name of CONNECTION_COMMANDS) this.#set(table.byName(name), this.#answerTo(name, isCluster));
  }

  /**
   * Answers a command of a client of the engine. False: the command is the engine's. `local` is the address that the
   * client has connected to.
   */
  answer(id: number, command: CommandView, resp: RespVersion, local: string, writer: FrameWriter): boolean {
    const answer = this.#answers[id];
    if (answer === undefined) return false;
    this.#write(id, answer, command, resp, local, writer);
    return true;
  }

  #answerTo(name: string, isCluster: boolean): Answer | undefined {
    if (this.mode === 'standalone') return ({ writer }) => writer.error(DISABLED);
    const known = ANSWERS[name];
    if (known !== undefined) return known;
    if (!BY_SLOT.includes(name)) {
      const shown = name.toUpperCase().replace('|', ' ');
      return ({ writer }) => writer.error(`ERR lockstep: ${shown} is not available through the gateway`);
    }
    return isCluster ? undefined : ({ writer }) => writer.error(NO_SLOTS);
  }

  #set(id: number, answer: Answer | undefined): void {
    if (answer === undefined || id < 0) return;
    this.#answers[id] = answer;
    const isHarmless = ANSWERS[this.#table.definitions[id].name] !== undefined && this.mode === 'cluster';
    const isAsked = isHarmless && !CONNECTION_COMMANDS.includes(this.#table.definitions[id].name);
    this.plans[id] = (_session, frame): ClientPlan => ({
      probe: isAsked ? frame : MYID,
      permits,
      act: ({ client, host, protocol }, _sequence, _reply, done) => {
        const { local } = client.peer(host.services.transport);
        done((writer) => this.#write(id, answer, frame, protocol, local, writer));
      },
    });
  }

  #write(
    id: number,
    answer: Answer,
    command: CommandView,
    resp: RespVersion,
    local: string,
    writer: FrameWriter,
  ): void {
    const wanted = this.#table.arity[id];
    const fits = wanted >= 0 ? command.count === wanted : command.count >= -wanted;
    if (!fits)
      writer.error(`ERR wrong number of arguments for '${this.#table.definitions[id].name}' command`);
    else {
      const isSecret = this.#listener.tls !== null;
      answer({ command, nodes: this.#nodesAt(local), resp, isSecret, writer });
    }
  }

  #nodesAt(local: string): readonly AnnouncedNode[] {
    if (this.#nodes !== undefined) return this.#nodes;
    const { announce, peers, slots } = this.#listener;
    const self = addressOf(announce ?? local);
    const nodes = announcedNodes(self, peers.map(addressOf), slots as SlotPlan);
    // Without an announced address it is whatever address the client has found it at.
    if (announce !== null) this.#nodes = nodes;
    return nodes;
  }
}

/** A server without cluster support says so to those who may ask. */
function permits(reply: Reply): boolean {
  const code = errorCode(reply);
  return code !== 'NOAUTH' && code !== 'NOPERM';
}

function addressOf(text: string): AnnouncedAddress {
  const address = parseAddress(text);
  return address?.kind === 'tcp' ? { host: address.host, port: address.port } : { host: '', port: 0 };
}

const MODE = /^(redis_mode|server_mode):\w+/gm;
const ENABLED = /^cluster_enabled:\d/m;

/** INFO as a server of this face says it. */
export function infoWithMode(text: string, mode: FaceMode): string {
  return text.replace(MODE, `$1:${mode}`).replace(ENABLED, `cluster_enabled:${mode === 'cluster' ? 1 : 0}`);
}
