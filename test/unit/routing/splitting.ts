/** Routes a command and sends its parts as a gateway before a cluster does; what sending means is up to the test. */

import { BIT_WRITE, buildCommandTable } from '../../../src/commands/table.ts';
import type { RespVersion } from '../../../src/resp/encode.ts';
import { FrameWriter } from '../../../src/resp/encode.ts';
import { Gather } from '../../../src/routing/gather.ts';
import * as router from '../../../src/routing/router.ts';
import { viewOf } from '../commands/view.ts';

export const table = buildCommandTable();
const routes = new router.Router(table);

const NAMES = ['any', 'slot', 'parts', 'shards', 'nodes', 'scan', 'refused'] as const;

export interface Routed {
  readonly kind: (typeof NAMES)[number];
  readonly slot: number;
  readonly error: string;
  readonly parts: readonly { readonly slot: number; readonly frame: Buffer }[];
  readonly merge: string;
}

/** What the router says about a command, as plain values. */
export function routed(...args: readonly (string | Uint8Array)[]): Routed {
  const view = viewOf(...args);
  const id = table.lookup(view.bytes, view.spans, view.count);
  const route = routes.route(id, view);
  const isSplit = route === router.ROUTE_PARTS;
  const isMerged = isSplit || route === router.ROUTE_SHARDS || route === router.ROUTE_NODES;
  const parts = [];
  for (let part = 0; isSplit && part < routes.parts.count; part += 1) {
    const writer = new FrameWriter();
    routes.writePart(part, view, writer);
    parts.push({ slot: routes.parts.slots[part], frame: Buffer.from(writer.bytes.slice(0, writer.length)) });
  }
  return {
    kind: NAMES[route],
    slot: route === router.ROUTE_SLOT ? routes.slot : -1,
    error: route === router.ROUTE_REFUSED ? routes.error : '',
    parts,
    merge: isMerged ? routes.merge : '',
  };
}

/** A reply, or the gateway's own text where there is none. */
export type PartAnswer = Uint8Array | { readonly failed: string };

/** What the client gets when the parts (or nodes) of a command answer this. The replies come in pieces. */
export function gathered(
  args: readonly (string | Uint8Array)[],
  answers: readonly PartAnswer[],
  resp: RespVersion = 2,
  pieceBytes = 7,
): string {
  const view = viewOf(...args);
  const id = table.lookup(view.bytes, view.spans, view.count);
  const route = routes.route(id, view);
  const gather = new Gather();
  gather.begin(routes.merge, answers.length, (table.bits[id] & BIT_WRITE) !== 0, resp);
  if (route === router.ROUTE_PARTS) gather.keepOrder(routes.parts);
  const ends = answers.map(() => 0);
  // In turn, so that pieces of different parts mix; the last part first.
  while (!gather.isOver) {
    for (let part = answers.length - 1; part >= 0; part -= 1) {
      const answer = answers[part];
      if (ends[part] < 0) continue;
      if (!(answer instanceof Uint8Array)) {
        gather.failed(part, answer.failed);
        ends[part] = -1;
        continue;
      }
      const end = Math.min(answer.length, ends[part] + pieceBytes);
      gather.piece(part, answer, ends[part], end, end === answer.length);
      ends[part] = end === answer.length ? -1 : end;
    }
  }
  const out = new FrameWriter(1);
  gather.write(out);
  return Buffer.from(out.bytes.slice(0, out.length)).toString('latin1');
}
