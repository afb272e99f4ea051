/**
 * What commands see and change of the client that sent them: the part of the servers' `client` struct that is plain
 * data. The engine's client extends it. Worker thread.
 */
import type { RespVersion } from '../resp/encode.ts';

/** Reasons to look twice at a client's commands; 0 for most clients. */
export const MODE_MULTI = 1 << 0;
/** Must authenticate first. */
export const MODE_UNAUTHENTICATED = 1 << 1;
/** Subscribed in RESP2: few commands are allowed. */
export const MODE_SUBSCRIBED = 1 << 2;
/** Its user may not do everything: ask the access port. */
export const MODE_RESTRICTED = 1 << 3;
/** MONITOR: as replicas, it may not touch keys. */
export const MODE_MONITOR = 1 << 4;

/** What a client that tracks keys has asked for. */
export interface Tracking {
  /** Id of the client that gets the messages; 0: itself. */
  readonly redirect: number;
  /** Whom it redirects to is gone. */
  isBroken: boolean;
  readonly isBroadcast: boolean;
  readonly isOptin: boolean;
  readonly isOptout: boolean;
  readonly noLoop: boolean;
  /** CLIENT CACHING: about the next command. */
  caching: boolean;
}

export class ClientState {
  readonly id: number;
  readonly createdAtMs: number;
  database = 0;
  resp: RespVersion = 2;
  /** One character per byte, as are all texts here. */
  name = '';
  libName = '';
  libVersion = '';
  user = 'default';
  /** MODE_… bits. */
  mode = 0;
  /** CLIENT REPLY. `skip` hides the reply of the next command, `skipping` that of this one. */
  replyMode: 'on' | 'off' | 'skip' | 'skipping' = 'on';
  /** CLIENT NO-TOUCH, CLIENT NO-EVICT. */
  noTouch = false;
  /** The port of tracking sets it. */
  tracking: Tracking | undefined = undefined;
  noEvict = false;
  /** CLIENT CAPA redirect. */
  canRedirect = false;
  isImportSource = false;
  /** It is shown a cluster. */
  isInCluster = false;
  /** Closes when its replies have left. */
  closing = false;

  constructor(id: number, createdAtMs: number) {
    this.id = id;
    this.createdAtMs = createdAtMs;
  }

  /** RESET: as a new connection. */
  resetState(): void {
    this.database = 0;
    this.resp = 2;
    this.name = '';
    this.replyMode = 'on';
    this.noTouch = false;
    this.noEvict = false;
    this.canRedirect = false;
  }
}
