/** What clients of a cluster are told that a single server would do. Any thread. */
export const CROSS_SLOT = "CROSSSLOT Keys in request don't hash to the same slot";
export const NOT_HERE =
  'ERR lockstep: this is about one connection, and a cluster is reached by many: it is not supported';
export const LISTENS =
  'ERR lockstep: this connection has subscribed on one node of the cluster, and goes to no other: open another one';
export const NOT_INSIDE =
  'ERR lockstep: a transaction on a cluster runs on one node, and this concerns all of them';
export const TOO_OFTEN = 'ERR lockstep: the primary redirected this command too often, it was not executed';
/** How the error of a connection begins that could not be made. */
export const UNREACHABLE = 'ERR lockstep: the primary is unreachable';
export const NOT_WATCHING = 'ERR lockstep: on a cluster this cannot be changed while keys are watched';
export const NOT_SERVED = 'CLUSTERDOWN Hash slot not served';
export const CLOSED = 'ERR lockstep: the connection to the primary is closed';
