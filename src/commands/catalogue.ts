/** Every command there is, in the order that gives them their ids. The only list of definitions. */

import { bitmapBitsCommands } from './bitmap/bits.ts';
import { clusterCommands } from './cluster/cluster.ts';
import { connectionClientCommands } from './connection/client.ts';
import { connectionSessionCommands } from './connection/session.ts';
import type { CommandDefinition } from './definition.ts';
import { genericExpiryCommands } from './generic/expiry.ts';
import { genericIterationCommands } from './generic/iteration.ts';
import { genericKeysCommands } from './generic/keys.ts';
import { genericObjectCommands } from './generic/object.ts';
import { genericSortCommands } from './generic/sort.ts';
import { genericTransferCommands } from './generic/transfer.ts';
import { genericWaitCommands } from './generic/wait.ts';
import { geoPositionsCommands } from './geo/positions.ts';
import { geoSearchCommands } from './geo/search.ts';
import { hashExpiryCommands } from './hash/expiry.ts';
import { hashFieldsCommands } from './hash/fields.ts';
import { hyperloglogCountsCommands } from './hyperloglog/counts.ts';
import { listBlockingCommands } from './list/blocking.ts';
import { listElementsCommands } from './list/elements.ts';
import { publishCommands } from './pubsub/messages.ts';
import { subscriptionCommands } from './pubsub/subscriptions.ts';
import { functionCommands } from './scripting/functions.ts';
import { scriptCommands } from './scripting/scripts.ts';
import { serverAclCommands } from './server/acl.ts';
import { commandIntrospectionCommands } from './server/command.ts';
import { serverConfigurationCommands } from './server/configuration.ts';
import { serverInformationCommands } from './server/information.ts';
import { serverKeyspaceCommands } from './server/keyspace.ts';
import { serverLatencyCommands } from './server/latency.ts';
import { serverMemoryCommands } from './server/memory.ts';
import { serverModulesCommands } from './server/modules.ts';
import { serverPersistenceCommands } from './server/persistence.ts';
import { serverReplicationCommands } from './server/replication.ts';
import { slowLogCommands } from './server/slow-commands.ts';
import { setAlgebraCommands } from './set/algebra.ts';
import { setMembersCommands } from './set/members.ts';
import { sortedSetAlgebraCommands } from './sorted-set/algebra.ts';
import { sortedSetMembersCommands } from './sorted-set/members.ts';
import { sortedSetPopCommands } from './sorted-set/pop.ts';
import { sortedSetRangesCommands } from './sorted-set/ranges.ts';
import { streamEntriesCommands } from './stream/entries.ts';
import { streamGroupsCommands } from './stream/groups.ts';
import { streamInformationCommands } from './stream/information.ts';
import { stringBatchCommands } from './string/batches.ts';
import { stringCountersCommands } from './string/counters.ts';
import { stringValuesCommands } from './string/values.ts';
import { transactionCommands } from './transactions/transactions.ts';
import { vectorSetCommands } from './vector-set/vectors.ts';

export const allCommands: readonly CommandDefinition[] = [
  ...stringValuesCommands,
  ...stringBatchCommands,
  ...stringCountersCommands,
  ...genericKeysCommands,
  ...genericExpiryCommands,
  ...genericIterationCommands,
  ...genericSortCommands,
  ...genericTransferCommands,
  ...genericObjectCommands,
  ...genericWaitCommands,
  ...hashFieldsCommands,
  ...hashExpiryCommands,
  ...listElementsCommands,
  ...listBlockingCommands,
  ...setMembersCommands,
  ...setAlgebraCommands,
  ...sortedSetMembersCommands,
  ...sortedSetRangesCommands,
  ...sortedSetAlgebraCommands,
  ...sortedSetPopCommands,
  ...streamEntriesCommands,
  ...streamGroupsCommands,
  ...streamInformationCommands,
  ...bitmapBitsCommands,
  ...hyperloglogCountsCommands,
  ...geoPositionsCommands,
  ...geoSearchCommands,
  ...publishCommands,
  ...subscriptionCommands,
  ...transactionCommands,
  ...scriptCommands,
  ...functionCommands,
  ...connectionSessionCommands,
  ...connectionClientCommands,
  ...serverAclCommands,
  ...commandIntrospectionCommands,
  ...serverConfigurationCommands,
  ...serverInformationCommands,
  ...serverKeyspaceCommands,
  ...serverLatencyCommands,
  ...serverMemoryCommands,
  ...serverModulesCommands,
  ...serverPersistenceCommands,
  ...serverReplicationCommands,
  ...slowLogCommands,
  ...clusterCommands,
  ...vectorSetCommands,
];
