/** The engine's scripting against real servers: the same scripts, the same replies, in RESP2 and RESP3. */
import { beforeAll, describe, expect, it } from 'vitest';
import type { RespVersion } from '../../../src/resp/encode.ts';
import { type ServerName, serverNames } from '../../support/servers.ts';
import { scriptCases } from './cases.ts';
import { type ScriptCase, ScriptPair } from './script-pair.ts';

/** Groups in which the engine differs on purpose, see docs/scripting.md. */
const exceptions: Partial<Record<ServerName, readonly string[]>> = {
  // Its tables have an order of their own.
  'valkey-9.1': ['table-order'],
  // It lets line feeds out in the middle of an error, where clients take them for its end.
  'valkey-8.0': ['line feeds in errors'],
};
const versions: readonly RespVersion[] = [2, 3];

function differencesOf(pair: ScriptPair, cases: readonly ScriptCase[]): string {
  const differences: string[] = [];
  for (const item of cases) {
    for (const version of versions) {
      const { server, engine } = pair.run(item, version);
      if (server === engine) continue;
      differences.push(`RESP${version} ${String(item.script)}\n  server ${server}\n  engine ${engine}`);
    }
  }
  return differences.join('\n');
}

describe.each(serverNames)('scripts on %s and here', (name) => {
  let pair: ScriptPair;
  beforeAll(async () => {
    pair = await ScriptPair.start(name);
  });

  const groups = [...scriptCases.keys()].filter((group) => !exceptions[name]?.includes(group));
  it.each(groups)('%s', (group) => {
    expect(differencesOf(pair, scriptCases.get(group) ?? [])).toBe('');
  });
});
