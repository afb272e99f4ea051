/**
 * Checks the house style over the whole repository. What already offends is counted in `tidy-offenders.json`, by rule
 * and file; a count may only shrink, and an entry that is no longer needed fails as well until it is removed.
 */
import { describe, expect, it } from 'vitest';
import { listFiles, type Offence, readTidyFile, type TidyFile } from './support/tidy/files.ts';
import { checkHotPath } from './support/tidy/hot-rules.ts';
import { checkImports } from './support/tidy/layers.ts';
import { checkLinks } from './support/tidy/link-rules.ts';
import { concerns, type Rule, rules } from './support/tidy/rules.ts';
import { checkFunctionLength } from './support/tidy/size-rules.ts';
import { checkTokens } from './support/tidy/token-rules.ts';
import offenders from './tidy-offenders.json' with { type: 'json' };

const known: Readonly<Record<string, Readonly<Record<string, number>>>> = offenders;
const files = listFiles().filter(concerns).map(readTidyFile);

function complaintsOf(rule: Rule): string[] {
  const complaints: string[] = [];
  for (const file of files) {
    const offences = rule.applies(file.path) ? rule.check(file) : [];
    const limit = known[rule.name]?.[file.path] ?? 0;
    if (offences.length > limit) {
      complaints.push(...offences.map(({ path, line, what }) => `${path}:${line}: ${what}`));
    }
    if (offences.length < limit) {
      complaints.push(
        `${file.path}: lower its "${rule.name}" in test/tidy-offenders.json to ${offences.length}`,
      );
    }
  }
  return complaints;
}

describe('house style', () => {
  for (const rule of rules) {
    it(rule.name, () => {
      expect(complaintsOf(rule).join('\n')).toBe('');
    });
  }

  it('lists only rules and files that exist as offenders', () => {
    const names = new Set(files.map((file) => file.path));
    for (const [rule, entries] of Object.entries(known)) {
      expect(rules.map(({ name }) => name)).toContain(rule);
      expect(Object.keys(entries).filter((path) => !names.has(path))).toEqual([]);
      expect(Object.values(entries).filter((count) => count < 1)).toEqual([]);
    }
  });
});

describe('the rules themselves', () => {
  const offends = (check: (file: TidyFile) => Offence[], path: string, text: string): string[] =>
    check({ path, text, lines: text.split('\n') }).map(({ what }) => what);

  it('see imports against the direction and through the wrong door', () => {
    const text =
      "import type { A } from '../gateway/a.ts';\nimport net from 'node:net';\nimport '../base/b.ts';";
    expect(offends(checkImports, 'src/resp/x.ts', text)).toEqual([
      'resp must not import gateway (../gateway/a.ts)',
      'only transport may import node:net',
    ]);
    expect(offends(checkImports, 'src/acl/x.ts', "import '../routing/keys.ts';")).toHaveLength(1);
    expect(offends(checkImports, 'src/admin/x.ts', "import '@fastify/swagger';\nimport './y.ts';")).toEqual(
      [],
    );
  });

  it('see banned words of the language', () => {
    const text = [
      'const a = 1 as any;',
      'export default a;',
      "export * from './b.ts';",
      'it.each([1]).skip();',
      'eval(a);',
    ].join('\n');
    expect(offends(checkTokens, 'src/base/x.ts', text)).toHaveLength(5);
    expect(offends(checkTokens, 'src/base/x.ts', 'const many = "as any"; stream.skip();')).toEqual([]);
  });

  it('see long functions, but not groups of tests', () => {
    const body = 'step();\n'.repeat(60);
    expect(offends(checkFunctionLength, 'src/base/x.ts', `function f() {\n${body}}`)).toHaveLength(1);
    expect(offends(checkFunctionLength, 'test/x.test.ts', `describe('x', () => {\n${body}});`)).toEqual([]);
    expect(offends(checkFunctionLength, 'native/x.c', `static int f(void)\n{\n${body}}`)).toHaveLength(1);
    expect(offends(checkFunctionLength, 'native/x.c', `static int f(void) {\n${body}}`)).toHaveLength(1);
  });

  it('see garbage made per command, unless the code is said to be cold', () => {
    const text = 'function f(a) { return g(...a, a.toString()); }';
    expect(offends(checkHotPath, 'src/resp/x.ts', text)).toEqual(['a spread', '.toString()']);
    expect(offends(checkHotPath, 'src/resp/x.ts', `/** Cold: once per process. */\n${text}`)).toEqual([]);
    expect(offends(checkHotPath, 'src/resp/x.ts', 'const all = [...one, ...two];')).toEqual([]);
    expect(offends(checkHotPath, 'src/config/x.ts', text)).toEqual([]);
    const method = `const b = 1;\nclass A {\n  /** Cold path. */\n  m(a) { for (const c of a) { c.subarray(1); } }\n}`;
    expect(offends(checkHotPath, 'src/resp/x.ts', method)).toEqual([]);
  });

  it('see links that lead nowhere', () => {
    const text = '[a](LICENSE) [b](docs/none.md) `[c](none)`';
    expect(offends(checkLinks, 'README.md', text)).toEqual(['docs/none.md leads nowhere']);
  });
});
