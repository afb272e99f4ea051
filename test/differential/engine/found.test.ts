/** What random commands have found stays mended: the few commands of each, on every server and the engine. */
import { afterEach, describe, expect, it } from 'vitest';
import { echo } from '../../../src/commands/connection/session.ts';
import { EXACT } from '../../../src/commands/shapes.ts';
import { buildCommandTable } from '../../../src/commands/table.ts';
import { serverNames } from '../../support/servers.ts';
import { viewOf } from '../../unit/effects/collect.ts';
import { EnginePair, type RandomCase } from './engine-pair.ts';
import { found } from './found.ts';

const table = buildCommandTable();
const pairs: EnginePair[] = [];
afterEach(() => {
  for (const pair of pairs.splice(0)) pair.close();
});

describe.each(serverNames)('what differed from %s', (server) => {
  it('is the same on the engine', async () => {
    const pair = await EnginePair.start(server);
    pairs.push(pair);
    for (const { about, lines } of found) {
      await pair.ask('FLUSHALL');
      expect([about, await pair.run(lines.map(caseOf))]).toEqual([about, []]);
    }
  });
});

/** Whatever it is, known or not, its reply is compared byte by byte: texts of errors and forms of values count. */
function caseOf(line: string): RandomCase {
  const args = line.split(' ');
  const { bytes, spans, count } = viewOf(args);
  const known = table.definitions[table.lookup(bytes, spans, count)] ?? echo;
  return { definition: { ...known, compare: EXACT, compareWith: () => EXACT }, args };
}
