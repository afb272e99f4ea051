/** Small receivers of replies that are nobody's or need only their end. Worker thread. */
import type { CommandLane } from '../upstream/command-lane.ts';
import type { ReplyTarget } from '../upstream/reply-target.ts';
import { INTERNAL_COMMAND } from '../upstream/services.ts';

/** For commands whose reply only the mirror wants. */
export const IGNORE: ReplyTarget = {
  reply(): void {},
  failed(): void {},
};

const PING = Buffer.from('*1\r\n$4\r\nPING\r\n');

/** Cold. Calls `done` when each of the lanes has answered, on all of its connections, what was sent so far. */
export function settleLanes(lanes: readonly CommandLane[], done: () => void): void {
  let left = 1;
  const answered = (): void => {
    left -= 1;
    if (left === 0) done();
  };
  const target: ReplyTarget = {
    reply: (_session, _sequence, _bytes, _start, _end, last) => {
      if (last) answered();
    },
    failed: answered,
  };
  for (const lane of lanes.flatMap(({ links }) => links)) {
    if (lane.inFlight === 0) continue;
    left += 1;
    lane.send(PING, 0, PING.length, target, 0, 0, INTERNAL_COMMAND, undefined);
  }
  answered();
}
