/** Writes `docs/commands.md` from the catalogue. The test beside it fails when the page is not what this returns. */
import { allCommands } from '../../src/commands/catalogue.ts';
import type { CommandDefinition } from '../../src/commands/definition.ts';

const HEAD = `# Commands

Every command Lockstep knows: what Redis 7.0, Redis 8.0, Valkey 8.0 and Valkey 9.1 have between them. Written from
the definitions in \`src/commands\`; do not edit it by hand, run \`LOCKSTEP_UPDATE=1 npx vitest run
test/unit/commands/page.test.ts\`. Commands that are not here, of modules and later versions, pass through; their keys
are learnt from the upstream's COMMAND.

- **Redis**, **Valkey**: the release that introduced the command, as that product tells it; – where none is known.
- **Session**: what the command does to the connection. Empty: nothing. *local*: answered by the gateway. *pin*: the
  connection belongs to the client from then on. *refused*: makes no sense through a gateway.
- **Mirrored**: whether the shadow receives it, as it was sent or as its *effect* (some arguments only).
- **Compared**: the rule for the two replies; + where arguments choose another one.
`;

/** The whole page. Groups and commands in alphabetical order. */
export function commandsPage(): string {
  const groups = new Map<string, CommandDefinition[]>();
  for (const definition of allCommands) {
    for (const command of [definition, ...(definition.subcommands ?? [])]) {
      const group = groups.get(command.group) ?? [];
      group.push(command);
      groups.set(command.group, group);
    }
  }
  const sections = [...groups.keys()].sort().map((group) => section(group, groups.get(group) ?? []));
  return `${HEAD}\n${sections.join('\n')}`;
}

function section(group: string, commands: readonly CommandDefinition[]): string {
  const sorted = [...commands].sort((left, right) => (left.name < right.name ? -1 : 1));
  const rows = sorted.filter((command) => command.subcommands === undefined).map(row);
  return [
    `## ${group}`,
    '',
    '| Command | | Redis | Valkey | Session | Mirrored | Compared |',
    '|---|---|---|---|---|---|---|',
    ...rows,
    '',
  ].join('\n');
}

function row(command: CommandDefinition): string {
  const cells = [
    command.name.replace('|', ' ').toUpperCase(),
    command.summary.replaceAll('|', '\\|'),
    command.since.redis ?? '–',
    command.since.valkey ?? '–',
    command.session === 'none' ? '' : command.session,
    mirrorText(command),
    command.mirror === 'none' ? '' : `${command.compare.rule}${command.compareWith ? ' +' : ''}`,
  ];
  return `| ${cells.join(' | ')} |`;
}

function mirrorText(command: CommandDefinition): string {
  if (typeof command.mirror === 'object') return 'effect';
  return command.mirror === 'verbatim' ? 'as sent' : '';
}
