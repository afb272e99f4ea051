/** Writes `docs/transparency.md` from the catalogue and from what the suite has shown. Its last test compares them. */

import { bridgedDifferences } from './bridged-differences.ts';
import { clusterDifferences } from './cluster-differences.ts';
import { unproven } from './completeness.ts';
import { conversationGroups } from './conversations.ts';
import type { Coverage } from './coverage.ts';
import { declaredDifferences } from './differences.ts';
import { modeNames, table } from './modes.ts';
import { gatewayStageNames } from './stages.ts';
import { tclSuites } from './tcl-suites.ts';
import { BRIDGED_HEAD, CLUSTER_HEAD, HEAD, MODES, TAIL } from './transparency-text.ts';

/** The whole page. */
export function transparencyPage(coverage: Coverage): string {
  return [
    HEAD,
    differences(),
    MODES,
    conversations(),
    tclSuites(),
    commandTable(coverage),
    exceptions(),
    bridgedSection(),
    clusterSection(),
    TAIL,
  ].join('\n');
}

/** What a client notices of it that the server speaks another version of RESP. */
export function bridgedSection(): string {
  const rows = bridgedDifferences.map(({ id, commands, conversations, stages, why }) => {
    const what = [...(commands ?? []).map(shown), ...(conversations ?? []).map((name) => `“${name}”`)];
    return `| ${id} | ${what.join(', ')} | ${stages.join('; ')} | ${why} |`;
  });
  return [
    BRIDGED_HEAD,
    '| | Commands, “conversations” | Where | Why |',
    '| --- | --- | --- | --- |',
    ...rows,
    '',
  ].join('\n');
}

/** What a client notices of it that the primary is a cluster. */
export function clusterSection(): string {
  const rows = clusterDifferences.map((one) => {
    const { id, commands = [], cases = [], reply, lines, modes, on, stages, why } = one;
    const names = commands.map((name) => (name === '*' ? 'any command' : shown(name.replace('|*', ' …'))));
    const replies = reply === undefined ? [] : [`(replies like ${pattern(reply)})`];
    const told = lines === undefined ? [] : [`lines like ${pattern(lines)}`];
    const what = [[names.join(', '), ...replies].join(' '), ...cases.map((name) => `“${name}”`), ...told];
    const where = [...(modes ?? []), ...(on ?? []), ...(stages ?? [])];
    const shownWhat = what.filter((part) => part !== '').join('; ');
    return `| ${id} | ${shownWhat} | ${where.join(', ') || 'always'} | ${why} |`;
  });
  return [
    CLUSTER_HEAD,
    '| | Commands; “cases”; lines of conversations | Where | Why |',
    '| --- | --- | --- | --- |',
    ...rows,
    '',
  ].join('\n');
}

/** A regular expression in a table. */
function pattern({ source }: RegExp): string {
  return `\`${source.replaceAll('|', '\\|')}\``;
}

function differences(): string {
  const rows = declaredDifferences.map(({ id, commands, pooledOnly, why }) => {
    const names = commands.map(shown).join(', ');
    return `| ${id} | ${names} | ${pooledOnly === true ? 'pooled' : 'always'} | ${why} |`;
  });
  return ['| | Commands | When | Why |', '| --- | --- | --- | --- |', ...rows, ''].join('\n');
}

function conversations(): string {
  return [...conversationGroups.map(({ name }) => `- ${name}`), ''].join('\n');
}

function shown(name: string): string {
  return name.toUpperCase().replace('|', ' ');
}

const TABLE_HEAD = `## Commands

Every command of the catalogue. By mode: **=** the replies of all servers that have the command, through all
gateways, were the server's own, and it did its work; **error** the server refuses it in this mode, and so does the
gateway, in the same words; empty: not played. By regime: **=** or the difference above that was met.
`;

function commandTable(coverage: Coverage): string {
  const groups = new Map<string, string[]>();
  const commands = table.definitions.filter((one) => one.subcommands === undefined);
  for (const { name, group } of commands) {
    const row = `| ${[shown(name), ...cells(coverage, name)].join(' | ')} |`;
    groups.set(group, [...(groups.get(group) ?? []), row]);
  }
  const columns = ['Command', ...modeNames, ...gatewayStageNames];
  const sections = [...groups.keys()].sort().map((group) => {
    const rows = [...(groups.get(group) ?? [])].sort();
    return [
      `### ${group}`,
      '',
      `| ${columns.join(' | ')} |`,
      `|${' --- |'.repeat(columns.length)}`,
      ...rows,
      '',
    ].join('\n');
  });
  return [TABLE_HEAD, ...sections].join('\n');
}

function cells(coverage: Coverage, name: string): string[] {
  const byMode = modeNames.map((mode) => {
    const { equal, succeeded, differences: met } = coverage.of(name, mode);
    if (succeeded > 0) return '=';
    return equal > 0 || met.size === 0 ? (equal > 0 ? 'error' : '') : [...met].join(' ');
  });
  const byStage = gatewayStageNames.map((stage) => {
    const { equal, differences: met } = coverage.of(name, undefined, stage);
    return met.size > 0 ? [...met].sort().join(' ') : equal > 0 ? '=' : '';
  });
  return [...byMode, ...byStage];
}

function exceptions(): string {
  const rows = Object.entries(unproven).map(([name, why]) => `| ${shown(name)} | ${why} |`);
  return ['## Not seen to succeed', '', '| Command | Why |', '| --- | --- |', ...rows, ''].join('\n');
}
