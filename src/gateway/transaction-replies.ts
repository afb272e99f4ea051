/**
 * The reply to EXEC where some of the commands in the transaction are about the gateway's clients: the server ran
 * harmless forms of them, and their replies are put in here. Worker thread. Cold: once per such transaction.
 */
import type { Reply } from '../resp/reply.ts';
import type { ClientPlan, Write } from './client-plan.ts';
import type { Session } from './session.ts';

interface PlacedPlan {
  readonly plan: ClientPlan;
  readonly place: number;
}

/** Carries out the plans one after the other, then ends the open reply `sequence` with the joined one. */
export function rewriteReplies(
  session: Session,
  sequence: number,
  exec: Reply,
  plans: readonly PlacedPlan[],
): void {
  const writes = new Map<number, Write>();
  const next = (at: number): void => {
    const placed = plans[at];
    if (placed === undefined) {
      session.finish(sequence, (writer) => {
        if (writes.size > 0) writer.array(exec.items.length);
        else writer.raw(exec.bytes, exec.start, exec.end);
        if (writes.size === 0) return;
        exec.items.forEach((item, place) => {
          const write = writes.get(place);
          if (write === undefined) writer.raw(item.bytes, item.start, item.end);
          else write(writer);
        });
      });
      return;
    }
    const { plan, place } = placed;
    const reply = exec.items[place];
    if (!plan.permits(reply)) {
      next(at + 1);
      return;
    }
    plan.act(session, sequence, reply, (write) => {
      writes.set(place, write);
      next(at + 1);
    });
  };
  next(0);
}
