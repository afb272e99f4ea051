/** A connection of a session's own, as the session sees it: to one server, or to a node of a cluster. Worker thread. */
import type { PinnedConnection } from './pinned.ts';

export type SessionConnection = Pick<
  PinnedConnection,
  | 'inFlight'
  | 'usable'
  | 'ready'
  | 'serverId'
  | 'adopt'
  | 'holdBack'
  | 'hasRoom'
  | 'startStreaming'
  | 'send'
  | 'sendSubscription'
  | 'forgetSubscriptions'
  | 'write'
  | 'closeWhenMirrored'
  | 'cut'
  | 'close'
>;
