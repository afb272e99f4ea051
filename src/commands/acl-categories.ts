/** The categories of commands that rules of users can name, in the servers' order. Data. */
export const ACL_CATEGORIES: readonly string[] = [
  ...['keyspace', 'read', 'write', 'set', 'sortedset', 'list', 'hash', 'string', 'bitmap', 'hyperloglog'],
  ...['geo', 'stream', 'pubsub', 'admin', 'fast', 'slow', 'blocking', 'dangerous', 'connection'],
  ...['transaction', 'scripting'],
];
