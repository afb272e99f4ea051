/** The conversations of the suite: cases of several clients, of timing and of bytes that are no commands. */

import { administrationCases } from './administration-cases.ts';
import { blockingCases } from './blocking-cases.ts';
import { clientCases } from './client-cases.ts';
import { clientListCases } from './client-list-cases.ts';
import { dataCases } from './data-cases.ts';
import { pauseCases } from './pause-cases.ts';
import { pubsubCases } from './pubsub-cases.ts';
import { sessionCases } from './session-cases.ts';
import { trackingCases } from './tracking-cases.ts';
import { transactionCases } from './transaction-cases.ts';
import type { ConformanceCase } from './transcript.ts';
import { wireCases } from './wire-cases.ts';

export interface ConversationGroup {
  readonly name: string;
  readonly cases: readonly ConformanceCase[];
}

export const conversationGroups: readonly ConversationGroup[] = [
  {
    name: 'HELLO, AUTH, SELECT, RESET, QUIT and CLIENT',
    cases: [...sessionCases, ...clientListCases, ...clientCases, ...pauseCases],
  },
  { name: 'MULTI, EXEC, DISCARD and WATCH', cases: transactionCases },
  { name: 'commands that block', cases: blockingCases },
  { name: 'publish, subscribe and MONITOR', cases: pubsubCases },
  { name: 'client-side caching', cases: trackingCases },
  { name: 'inline commands, protocol errors, big values, long pipelines', cases: wireCases },
  { name: 'data of every type, scripts', cases: dataCases },
  { name: 'dumps and endless scripts', cases: administrationCases },
];
