/**
 * Every option of every command on data is seen in a case that succeeds, on the newest release of one product at least.
 * What is only ever refused is compared in its errors alone.
 */
import { describe, expect, it } from 'vitest';
import { allCommands } from '../../src/commands/catalogue.ts';
import type { ArgumentGrammar } from '../../src/commands/definition.ts';
import { serverNames } from '../support/servers.ts';
import { dataCommandCases } from './commands/data.ts';
import { grammarCases } from './generated-cases.ts';
import { modes, nameOf } from './modes.ts';
import { playCases } from './player.ts';
import { serverStage } from './stages.ts';

const NEWEST = ['redis-8.0', 'valkey-9.1'] as const;
const CASES = [...grammarCases, ...dataCommandCases];
/** MIGRATE needs a second server: `test/e2e/engine-migrate.test.ts` has one. */
const EXCEPT = new Set(['migrate']);
const PLAYING_MS = 180_000;

function tokensOf(args: readonly ArgumentGrammar[]): string[] {
  return args.flatMap(({ token, arguments: nested }) => [
    ...(token === undefined ? [] : [token]),
    ...tokensOf(nested ?? []),
  ]);
}

/** `command TOKEN` for each that was in a command without an error. */
async function seenOn(server: (typeof NEWEST)[number]): Promise<Set<string>> {
  const stage = await serverStage(server, server);
  const played = await playCases(stage, CASES, modes[0]!);
  const seen = new Set<string>();
  for (const [number, one] of CASES.entries()) {
    for (const [index, { args }] of one.lines.entries()) {
      const reply = played[number]?.[index]?.[0];
      if (reply === undefined || reply[0] === 0x2d) continue;
      const name = nameOf(args);
      for (const word of ['', ...args.slice(1)]) seen.add(`${name} ${word.toUpperCase()}`);
    }
  }
  return seen;
}

describe.runIf(NEWEST.every((name) => serverNames.includes(name)))('the cases of commands on data', () => {
  it(
    'show every command, with every option, to succeed',
    async () => {
      const seen = new Set((await Promise.all(NEWEST.map(seenOn))).flatMap((one) => [...one]));
      const played = new Set(CASES.flatMap((one) => one.lines.map(({ args }) => nameOf(args))));
      const missing = allCommands
        .flatMap((one) => [one, ...(one.subcommands ?? [])])
        .filter((one) => one.subcommands === undefined && played.has(one.name) && !EXCEPT.has(one.name))
        .flatMap((one) =>
          ['', ...tokensOf(one.arguments)].map((token) => `${one.name} ${token.toUpperCase()}`),
        )
        .filter((needed) => !seen.has(needed));
      expect(missing).toEqual([]);
    },
    PLAYING_MS,
  );
});
