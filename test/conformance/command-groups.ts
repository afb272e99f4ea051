/** The command cases in groups, and the modes each group is played in. */
import type { CommandCase } from './command-text.ts';
import { connectionCases } from './commands/connection.ts';
import { dataCommandCases } from './commands/data.ts';
import { scriptingCases } from './commands/scripting.ts';
import { serverCases } from './commands/server.ts';
import { arityCases, grammarCases, simplestCases } from './generated-cases.ts';
import type { ModeName } from './modes.ts';

export interface CommandGroup {
  readonly name: string;
  readonly cases: readonly CommandCase[];
  readonly modes: readonly ModeName[];
}

const every: readonly ModeName[] = ['RESP2', 'RESP3', 'inline', 'MULTI', 'script'];

export const commandGroups: readonly CommandGroup[] = [
  { name: 'argument grammar', cases: grammarCases, modes: ['RESP2', 'RESP3'] },
  { name: 'simplest forms', cases: simplestCases, modes: every },
  { name: 'wrong numbers of arguments', cases: arityCases, modes: every },
  { name: 'data', cases: dataCommandCases, modes: every },
  { name: 'connection', cases: connectionCases, modes: every },
  { name: 'scripting', cases: scriptingCases, modes: every },
  { name: 'server', cases: serverCases, modes: every },
];
