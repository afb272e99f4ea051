/** Random scripts, here and on real servers: conversions of values, JSON, MessagePack, struct, formats. */
import { describe, expect, it } from 'vitest';
import { createRandom } from '../../../src/base/random.ts';
import { testSeed } from '../../support/seed.ts';
import { serverNames } from '../../support/servers.ts';
import { randomScript } from './random-scripts.ts';
import { ScriptPair } from './script-pair.ts';

const rounds = 1500;

describe.each(serverNames)('random scripts on %s and here', (name) => {
  it('have the same replies', async () => {
    const pair = await ScriptPair.start(name);
    const random = createRandom(testSeed(`random scripts on ${name}`));
    const differences: string[] = [];
    for (let round = 0; round < rounds && differences.length < 10; round++) {
      const item = randomScript(random);
      const version = random.integer(2) === 0 ? 2 : 3;
      const { server, engine } = pair.run(item, version);
      if (server !== engine) differences.push(`${item.script}\n  server ${server}\n  engine ${engine}`);
    }
    expect(differences.join('\n')).toBe('');
  });
});
