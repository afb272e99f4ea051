/** For mirrored commands of which nobody is to hear anything. */
import type { ItemEvents } from '../../src/shadow/mirror-item.ts';

export const NO_EVENTS: ItemEvents = {
  primaryDone: () => {},
  primaryFailed: () => {},
  lose: () => {},
  shadowStart: () => {},
  shadowReply: () => {},
  shadowFailed: () => {},
  maxReplyBytes: 1e6,
};
