import { expect, it } from 'vitest';
import { EffectScript } from '../../../src/shadow/effect-script.ts';

it('EffectScript knows where each command begins and ends, whichever way it was written', () => {
  const script = new EffectScript();
  const commands = (): string[] => {
    let start = 0;
    return script.starts.map((begin, index) => {
      expect(begin).toBe(start);
      const end = script.end(index);
      start = end;
      return Buffer.from(script.writer.bytes).toString('latin1', begin, end).replaceAll('\r\n', ' ');
    });
  };
  for (let round = 0; round < 2; round++) {
    script.reset();
    expect(script.count).toBe(0);
    const del = script.command(2, { kind: 'integer', value: 1 });
    del.text('DEL');
    del.text('k');
    script.verbatim(Buffer.from('..*1\r\n$4\r\nPING\r\n..'), 2, 16, { kind: 'primary' });
    script.command(1, { kind: 'any' }).text('TIME');
    expect(commands()).toEqual(['*2 $3 DEL $1 k ', '*1 $4 PING ', '*1 $4 TIME ']);
    expect(script.expectations.map(({ kind }) => kind)).toEqual(['integer', 'primary', 'any']);
    expect(script.end(2)).toBe(script.writer.length);
  }
  // What was taken from the first round is not overwritten by the second.
  const { expectations } = script;
  script.reset();
  expect(expectations).toHaveLength(3);
});
