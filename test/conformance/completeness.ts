/**
 * Commands that no case shows to work: what a test can only ask for and not see done. The list may only shrink: an
 * entry that the suite can do without fails it.
 */

const CLUSTER = 'needs a cluster; elsewhere the error is compared';
const clusterCommands = (
  'info nodes slots shards links myid myshardid replicas slaves meet forget replicate failover reset saveconfig ' +
  'bumpepoch set-config-epoch count-failure-reports slot-stats keyslot countkeysinslot getkeysinslot addslots ' +
  'addslotsrange delslots delslotsrange setslot flushslot flushslots migrateslots cancelslotmigrations ' +
  'getslotmigrations syncslots help'
).split(' ');

export const unproven: Readonly<Record<string, string>> = {
  ...Object.fromEntries(clusterCommands.map((name) => [`cluster|${name}`, CLUSTER])),
  clusterscan: CLUSTER,
  readonly: CLUSTER,
  readwrite: CLUSTER,
  failover: 'needs a replica; without one the error is compared',
  psync: 'answered by a stream; `test/e2e/replica.test.ts` runs a replica through the gateway',
  sync: 'PSYNC in older words',
  shutdown: 'refused, see above; `upstream.allowShutdown` is tested in `test/e2e`',
  'module|load': 'needs a module; `test/e2e/modules.test.ts` has one',
  'module|loadex': 'needs a module; `test/e2e/modules.test.ts` has one',
  'module|unload': 'needs a module; `test/e2e/modules.test.ts` has one',
  'config|rewrite': 'needs a server with a configuration file; without one the error is compared',
  'acl|load': 'needs a server with an ACL file; without one the error is compared',
  'acl|save': 'needs a server with an ACL file; without one the error is compared',
  pfselftest: 'keeps the server busy for seconds',
};
