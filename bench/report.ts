/** What a scenario found, for the terminal and for `docs/benchmarks.md`. */
import { showTable } from './measure.ts';

export interface Table {
  readonly title: string;
  /** The first row is the head. */
  readonly rows: readonly (readonly string[])[];
}

export interface Goal {
  readonly goal: string;
  readonly figure: string;
  /** What it was measured against. */
  readonly rival: string;
  readonly isMet: boolean;
}

export interface Section {
  readonly name: string;
  readonly title: string;
  /** Paragraphs: what was measured and how. */
  readonly text: readonly string[];
  readonly tables: readonly Table[];
  readonly goals: readonly Goal[];
}

/** How much time a scenario may take, and how often it measures. */
export interface Plan {
  readonly rounds: number;
  /** For the whole scenario; a scenario ends near it, never much later. */
  readonly seconds: number;
  /** Only shows that everything works: fewer cases and small data. */
  readonly quick: boolean;
}

export interface Scenario {
  readonly name: string;
  /** Share of the time of `all`, relative to the others. */
  readonly share: number;
  readonly run: (plan: Plan) => Promise<Section>;
}

const GOAL_HEAD = ['goal', 'figure', 'rival', 'met'];

function goalRows(goals: readonly Goal[]): string[][] {
  return goals.map(({ goal, figure, rival, isMet }) => [goal, figure, rival, isMet ? 'yes' : '**no**']);
}

export function sectionText(section: Section): string {
  const parts = [`\n== ${section.title}`, ...section.text];
  for (const { title, rows } of section.tables) parts.push(`\n${title}`, showTable(rows));
  if (section.goals.length > 0) parts.push('\ngoals', showTable([GOAL_HEAD, ...goalRows(section.goals)]));
  return parts.join('\n');
}

function markdownTable(rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]): string =>
    `| ${cells.map((cell) => cell.replaceAll('|', '\\|')).join(' | ')} |`;
  const [head = [], ...body] = rows;
  const rule = `|${head.map((_, index) => (index === 0 ? '---' : '---:')).join('|')}|`;
  return [line(head), rule, ...body.map(line)].join('\n');
}

/** Breaks a paragraph into lines of at most 120 characters. */
function wrapped(text: string): string {
  let line = '';
  const lines: string[] = [];
  for (const word of text.split(' ')) {
    if (line !== '' && line.length + word.length >= 120) {
      lines.push(line);
      line = word;
    } else {
      line = line === '' ? word : `${line} ${word}`;
    }
  }
  return [...lines, line].join('\n');
}

export interface DocumentHead {
  readonly machine: string;
  readonly commit: string;
  readonly date: string;
  readonly versions: string;
  readonly command: string;
  readonly rounds: number;
}

/** The page `docs/benchmarks.md`. */
export function documentText(head: DocumentHead, sections: readonly Section[]): string {
  const goals = sections.flatMap((section) => section.goals);
  const parts = [
    '# Benchmarks',
    `<!-- Written by ${head.command}; do not edit. -->`,
    [
      'How everything is measured stands in [bench/README.md](../bench/README.md). Every figure is minimum / median /',
      `maximum of ${head.rounds} rounds; a ratio is one of two figures of the same round, and a goal is judged by the`,
      'median. All processes, load included, share the processors of one machine.',
    ].join('\n'),
    [
      `- machine: ${head.machine}`,
      `- commit: ${head.commit}, ${head.date}`,
      `- versions: ${head.versions}`,
      `- command: \`${head.command}\``,
    ].join('\n'),
    '## Goals',
    markdownTable([GOAL_HEAD, ...goalRows(goals)]),
  ];
  for (const section of sections) {
    parts.push(`## ${section.title}`, ...section.text.map(wrapped));
    for (const { title, rows } of section.tables) parts.push(`**${title}**`, markdownTable(rows));
  }
  return `${parts.join('\n\n')}\n`;
}
