/**
 * The support report as one HTML file that needs nothing else: tables for people, and the whole report as JSON at the
 * end for programs. Pure. Everything that came from outside is text, never markup; there is no script.
 */
import type { SupportReport } from './report.ts';

const STYLE = `body{font:15px/1.45 system-ui,sans-serif;max-width:75rem;margin:2rem auto;padding:0 1rem;
color-scheme:light dark}table{border-collapse:collapse;margin:.5rem 0}th,td{text-align:left;padding:.15rem .8rem
.15rem 0;border-bottom:1px solid #8884;vertical-align:top}pre{overflow:auto;white-space:pre-wrap;font-size:13px}
summary{cursor:pointer;font-weight:600}`;

function asText(text: string): string {
  return text.replace(/[&<>"']/g, (sign) => `&#${sign.charCodeAt(0)};`);
}

function shown(value: unknown): string {
  if (value === null || value === undefined) return '–';
  return typeof value === 'object' ? JSON.stringify(value) : String(value);
}

function facts(values: object): string {
  const rows = Object.entries(values).map(
    ([name, value]) => `<tr><th>${asText(name)}</th><td>${asText(shown(value))}</td></tr>`,
  );
  return `<table>${rows.join('\n')}</table>`;
}

function list(items: readonly unknown[]): string {
  const [first] = items;
  if (first === undefined) return '<p>None.</p>';
  const names = Object.keys(first as object);
  const head = names.map((name) => `<th>${asText(name)}</th>`).join('');
  const rows = items.map((item) => {
    const cells = names.map((name) => `<td>${asText(shown((item as Record<string, unknown>)[name]))}</td>`);
    return `<tr>${cells.join('')}</tr>`;
  });
  return `<table><tr>${head}</tr>\n${rows.join('\n')}</table>`;
}

function part(title: string, body: string): string {
  return `<details open><summary>${asText(title)}</summary>${body}</details>`;
}

export function reportPage(report: SupportReport): string {
  const { status, readiness, machine, config, counters, latency, divergences, slow, log } = report;
  const { commands, ...totals } = counters;
  const { primary, shadow, ...gateway } = status;
  const parts = [
    part('Gateway', facts({ ...gateway, ...readiness })),
    part('Primary', facts(primary)),
    part('Shadow', shadow === null ? '<p>There is none.</p>' : facts(shadow)),
    part('Machine', facts(machine)),
    part('Configuration, without secrets', `<pre>${asText(JSON.stringify(config, null, 2))}</pre>`),
    part('Commands', list(commands as readonly unknown[])),
    part('Counters', facts(totals)),
    part('Latency of all commands', facts(latency.all)),
    part('Latency by command', list(latency.commands)),
    part(`Divergences, ${divergences.total} in all`, list(divergences.items)),
    part(`Slow commands, ${slow.total} in all`, list(slow.items)),
    part('Log, last lines', `<pre>${asText(log.join('\n'))}</pre>`),
    part('All of it as JSON', `<pre id="report">${asText(JSON.stringify(report, null, 1))}</pre>`),
  ];
  return `<!doctype html>
<html lang="en"><head><meta charset="utf-8"><title>Lockstep report ${asText(report.madeAt)}</title>
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
<style>${STYLE}</style></head>
<body><h1>Lockstep ${asText(status.version)}, ${asText(report.madeAt)}</h1>
${parts.join('\n')}
</body></html>
`;
}
