/**
 * What the engine is asked: cases of its own, one file for each family, and those of the common suite that it can play.
 * Add a family's cases here when the engine has its commands; a name that is here is not taken away again.
 */
import { administrationCases } from '../administration-cases.ts';
import { blockingCases } from '../blocking-cases.ts';
import { clientCases } from '../client-cases.ts';
import { clientListCases } from '../client-list-cases.ts';
import { dataCases } from '../data-cases.ts';
import { pubsubCases } from '../pubsub-cases.ts';
import { sessionCases } from '../session-cases.ts';
import { trackingCases } from '../tracking-cases.ts';
import { transactionCases } from '../transaction-cases.ts';
import type { ConformanceCase } from '../transcript.ts';
import { wireCases } from '../wire-cases.ts';
import { aclEngineCases } from './acl-cases.ts';
import { administrationEngineCases } from './administration-cases.ts';
import { bitmapEngineCases } from './bitmap-cases.ts';
import { clientEngineCases } from './client-cases.ts';
import { debugEngineCases } from './debug-cases.ts';
import { fieldExpiryEngineCases } from './field-expiry-cases.ts';
import { genericEngineCases } from './generic-cases.ts';
import { geoEngineCases } from './geo-cases.ts';
import { hashEngineCases } from './hash-cases.ts';
import { hyperloglogEngineCases } from './hyperloglog-cases.ts';
import { informationCases } from './information-cases.ts';
import { keyEngineCases } from './key-cases.ts';
import { listBlockingCases } from './list-blocking-cases.ts';
import { listEngineCases } from './list-cases.ts';
import { maxmemoryCases } from './maxmemory-cases.ts';
import { pubsubEngineCases } from './pubsub-cases.ts';
import { scriptEngineCases } from './script-cases.ts';
import { setEngineCases } from './set-cases.ts';
import { slowLogCases } from './slow-log-cases.ts';
import { sortEngineCases } from './sort-cases.ts';
import { sortedSetAlgebraCases } from './sorted-set-algebra-cases.ts';
import { sortedSetEngineCases } from './sorted-set-cases.ts';
import { sortedSetRangeCases } from './sorted-set-range-cases.ts';

import { streamEngineCases } from './stream-cases.ts';
import { streamGroupCases } from './stream-group-cases.ts';
import { stringEngineCases } from './string-cases.ts';
import { stringPartCases } from './string-part-cases.ts';
import { transferEngineCases } from './transfer-cases.ts';

/** Names of cases of the common suite that the engine passes. */
export const commonNames: readonly string[] = [
  'QUIT answers what came before and nothing after',
  'CLIENT names',
  'CLIENT SETNAME refuses odd characters and an empty name clears it',
  'CLIENT REPLY OFF, ON and SKIP',
  'a client that half-closes still gets its replies',
  'MULTI basics',
  'errors while queueing abort',
  'RESET and UNWATCH inside MULTI',
  'WATCH in another database, and across SELECT',
  'a whole transaction in one write, with traffic before and after',
  'leaving in the middle of a transaction leaves nothing behind',
  'inline commands',
  'empty inline lines are passed over',
  'inline, arrays and nothing at all in one write',
  'a command that comes byte by byte',
  'ten thousand commands in one write come back in order',
  'long pipelines of several clients at once',
  'unknown commands with odd bytes and long arguments',
  'RESP2 subscriber: messages, and which commands are left',
  'RESP3 subscriber: messages are pushes and every command is left',
  'RESP3 subscriber publishes to itself',
  'shard channels',
  'leaving subscriber mode by RESET and QUIT',
  'unsubscribing from nothing',
  'unsubscribing from nothing in RESP3',
  'errors',
  'a thousand messages keep their order',
  'a subscriber that leaves is forgotten',
  'keyspace notifications reach a subscriber',
  'CLIENT KILL by every filter',
  'CLIENT KILL of oneself',
  'CLIENT KILL ends another client',
  'CLIENT ID and INFO are of this client',
  'RESP2 tracking is redirected to a subscriber',
  'RESP3 tracking is redirected to a RESP3 client that does not subscribe',
  'a target that has only been idle gets its messages once it subscribes',
  'a client redirects to itself',
  'the target of a redirection leaves',
  'RESET of the target leaves it the target',
  'redirection inside a transaction',
  'RESP3 tracking, default mode',
  'broadcasting with prefixes',
  'OPTIN and OPTOUT with CLIENT CACHING',
  'tracking: errors',
  'tracking follows the protocol that HELLO chooses',
  'invalidations come although replies are off',
  'CLIENT TRACKING invalidates through a push',
  'MONITOR shows the commands of others',
  'CLIENT PAUSE wrong forms',
  'CLIENT PAUSE of everything ends by itself',
  'a client that is paused can be killed, and its command has not run',
  'client after client sees what the one before wrote',
  'FUNCTION DUMP and RESTORE',
  'scripts and functions',
];

const common = [
  ...administrationCases,
  ...clientCases,
  ...clientListCases,
  ...trackingCases,
  ...sessionCases,
  ...transactionCases,
  ...blockingCases,
  ...pubsubCases,
  ...wireCases,
  ...dataCases,
];

export const engineCases: readonly ConformanceCase[] = [
  ...stringEngineCases,
  ...stringPartCases,
  ...bitmapEngineCases,
  ...hyperloglogEngineCases,
  ...keyEngineCases,
  ...genericEngineCases,
  ...transferEngineCases,
  ...sortEngineCases,
  ...listEngineCases,
  ...setEngineCases,
  ...hashEngineCases,
  ...pubsubEngineCases,
  ...fieldExpiryEngineCases,
  ...listBlockingCases,
  ...clientEngineCases,
  ...sortedSetEngineCases,
  ...sortedSetRangeCases,
  ...sortedSetAlgebraCases,
  ...streamEngineCases,
  ...geoEngineCases,
  ...streamGroupCases,
  ...scriptEngineCases,
  ...informationCases,
  ...administrationEngineCases,
  ...slowLogCases,
  ...maxmemoryCases,
  ...debugEngineCases,
  ...aclEngineCases,
  ...commonNames.map((name) => {
    const found = common.find((one) => one.name === name);
    if (found === undefined) throw new Error(`there is no case ${name}`);
    return found;
  }),
];
