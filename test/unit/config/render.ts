/**
 * Writes the files that are made from the schema: the commented YAML file, the JSON Schema, the tables of the
 * documents. Tests compare them with what is in the repository; `npx vitest run test/unit/config -u` writes them anew.
 */
import { z } from 'zod';
import { operationalErrors } from '../../../src/base/errors.ts';
import { variableName } from '../../../src/config/environment.ts';
import { formatSize } from '../../../src/config/leaves.ts';
import { configSchema } from '../../../src/config/schema.ts';
import { formatPath, type Setting, settings } from '../../../src/config/settings.ts';
import { type MetricDefinition, metricTable } from '../../../src/telemetry/metric-table.ts';

const LINE_LENGTH = 110;

/** Text in lines that begin with `prefix`. */
function wrap(text: string, prefix: string): string[] {
  const lines: string[] = [];
  let line = prefix;
  for (const word of text.split(' ')) {
    if (line.length + 1 + word.length > LINE_LENGTH) {
      lines.push(line);
      line = prefix;
    }
    line += line === prefix ? word : ` ${word}`;
  }
  return [...lines, line];
}

/** The default as it is written in YAML; undefined where there is none. */
export function defaultText(setting: Setting): string | undefined {
  if (formatPath(setting.path) === 'listen[].address') return '127.0.0.1:6379';
  const result = setting.schema.safeParse(undefined);
  if (!result.success) return undefined;
  if (setting.leaf?.kind === 'size') return formatSize(result.data as number);
  const value = result.data;
  return typeof value === 'string' && /^[\d.]+$|:$/.test(value) ? JSON.stringify(value) : plainText(value);
}

function plainText(value: unknown): string {
  return typeof value === 'object' && value !== null ? JSON.stringify(value) : String(value);
}

function yamlSetting(setting: Setting): string[] {
  const isInList = setting.path[1] === '[]';
  const depth = setting.path.length - 1;
  const key = setting.path[depth]!;
  const indent = '  '.repeat(depth);
  if (isInList && setting.path.length > 3) {
    const comment = `${'  '.repeat(2)}#   `;
    return [
      ...wrap(setting.description, `${comment}# `),
      `${comment}${key}: ${defaultText(setting) ?? `${key}.pem`}`,
    ];
  }
  const comment = wrap(setting.description, `${indent}# `);
  const value =
    key === 'listen' && depth === 0 ? '' : setting.leaf === undefined ? '' : ` ${defaultText(setting)}`;
  if (formatPath(setting.path) === 'listen[].tls')
    return [...comment, `${indent}tls: null`, `${indent}# tls:`];
  if (formatPath(setting.path) === 'listen[].address') return ['  -', ...comment, `${indent}${key}:${value}`];
  return [...(depth === 0 ? [''] : []), ...comment, `${indent}${key}:${value}`];
}

/** config/lockstep.yaml */
export function renderYaml(): string {
  const head = [
    '# yaml-language-server: $schema=./lockstep.schema.json',
    '# Every setting of Lockstep with its default. Leave out what you do not change.',
    '# Sizes are bytes or texts such as 64mb (1024 times 1024) or 64m (1000 times 1000). Durations are milliseconds.',
    '# A variable named LOCKSTEP_ and the path in capitals goes before this file: LOCKSTEP_SHADOW_SAMPLE=0.05.',
  ];
  return `${[...head, ...settings.flatMap(yamlSetting)].join('\n')}\n`;
}

interface Schema {
  [key: string]: unknown;
}

/** Sections that may be written as one text, as the loader takes them. */
function addShortForms(schema: Schema): Schema {
  const properties = schema.properties as Record<string, Schema>;
  const text = (description: string): Schema => ({ type: 'string', description });
  for (const [name, key] of Object.entries({ primary: 'url', shadow: 'url', admin: 'listen' })) {
    const { description, default: _, ...section } = properties[name]!;
    properties[name] = { description, anyOf: [text(`Short for { ${key}: … }.`), section, { type: 'null' }] };
  }
  const { description, items, default: value } = properties.listen!;
  const short = text('Short for { address: … }.');
  const list = { type: 'array', minItems: 1, items: { anyOf: [short, items] } };
  properties.listen = { description, default: value, anyOf: [text('Addresses separated by commas.'), list] };
  return { ...schema, properties };
}

/** config/lockstep.schema.json */
export function renderJsonSchema(): string {
  const schema = z.toJSONSchema(configSchema, { io: 'input', target: 'draft-2020-12' }) as Schema;
  return `${JSON.stringify({ title: 'Lockstep configuration', ...addShortForms(schema) }, null, 2)}\n`;
}

function cell(text: string): string {
  return text.replaceAll('|', '\\|');
}

/** The table in docs/configuration.md. */
export function renderSettings(): string {
  const rows = settings.map((setting) => {
    const { path, leaf, description } = setting;
    const name = `\`${formatPath(path)}\``;
    if (leaf === undefined) return `| **${name}** | | | ${cell(description)} |`;
    const isVariable = !path.includes('[]');
    const value = formatPath(path) === 'listen' ? undefined : defaultText(setting);
    const reload = leaf.reload ? ' *Reloads.*' : '';
    const variable = isVariable ? ` \`${variableName(path)}\`` : '';
    const shown = value === undefined ? '' : `\`${value}\``;
    return `| ${name} | ${cell(leaf.allowed)} | ${shown} | ${cell(description)}${reload}${variable} |`;
  });
  return ['| Setting | Value | Default | Meaning |', '|---|---|---|---|', ...rows].join('\n');
}

/** The table in docs/metrics.md. */
export function renderMetrics(): string {
  const rows = Object.entries(metricTable).map(
    ([name, { type, labels, help }]: [string, MetricDefinition]) => {
      const shown = labels.map((label) => `\`${label}\``).join(' ');
      return `| \`${name}\` | ${type} | ${shown} | ${cell(help)} |`;
    },
  );
  return ['| Metric | Type | Labels | Meaning |', '|---|---|---|---|', ...rows].join('\n');
}

/** The headings docs/errors.md must have, with the first line under each. */
export function renderErrors(): readonly (readonly [heading: string, meaning: string])[] {
  return Object.entries(operationalErrors).map(([code, meaning]) => [`## ${code}`, meaning]);
}
