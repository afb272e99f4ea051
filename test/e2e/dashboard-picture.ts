/**
 * Draws a dashboard as SVG from what its queries return: the picture in the documentation, with real data. Not
 * Grafana's drawing, but its layout, titles, units and colours. Knows nothing of Lockstep.
 */
import type { PanelQuery, Series } from './prometheus.ts';

export interface DrawnPanel {
  readonly type: string;
  readonly title: string;
  readonly gridPos: { readonly x: number; readonly y: number; readonly w: number; readonly h: number };
  readonly targets?: ReadonlyArray<{
    readonly expr: string;
    readonly instant?: boolean;
    readonly legendFormat?: string;
  }>;
  readonly fieldConfig?: {
    readonly defaults: {
      readonly unit?: string;
      readonly decimals?: number;
      readonly max?: number;
      readonly mappings?: readonly ValueMapping[];
      readonly thresholds?: { readonly steps: ReadonlyArray<{ color: string; value: number | null }> };
      readonly custom?: { readonly stacking?: { readonly mode: string } };
    };
    readonly overrides: ReadonlyArray<{
      readonly matcher: { readonly id: string; readonly options: string };
      readonly properties: ReadonlyArray<{ readonly id: string; readonly value: unknown }>;
    }>;
  };
}

interface ValueMapping {
  readonly options: {
    readonly from: number;
    readonly to: number;
    readonly result: { readonly text: string };
  };
}

interface Box {
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
}

interface Line {
  readonly name: string;
  readonly color: string;
  readonly points: ReadonlyArray<readonly [time: number, value: number]>;
}

type Ask = (query: PanelQuery, seconds: number) => Promise<Series[]>;

const COLUMN = 52;
const ROW = 25;
const GAP = 6;
const INK = '#ccccdc';
const FAINT = '#8e8e99';
const PALETTE = [
  '#73bf69',
  '#f2cc0c',
  '#5794f2',
  '#ff9830',
  '#f2495c',
  '#b877d9',
  '#8ab8ff',
  '#fade2a',
  '#96d98d',
  '#ca95e5',
];

/** The whole dashboard over the last `seconds`. `caption` stands below it. */
export async function drawDashboard(
  panels: readonly DrawnPanel[],
  ask: Ask,
  seconds: number,
  caption: string,
): Promise<string> {
  const parts: string[] = [];
  let bottom = 0;
  for (const panel of panels) {
    const { gridPos } = panel;
    bottom = Math.max(bottom, gridPos.y + gridPos.h);
    const box: Box = {
      x: gridPos.x * COLUMN + GAP,
      y: gridPos.y * ROW + GAP,
      width: gridPos.w * COLUMN - GAP,
      height: gridPos.h * ROW - GAP,
    };
    parts.push(await drawPanel(panel, box, ask, seconds));
  }
  const width = 24 * COLUMN + GAP;
  const height = bottom * ROW + 34;
  parts.push(text(GAP + 4, height - 12, caption, 12, FAINT));
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" font-family="Helvetica, sans-serif">`,
    `<rect width="${width}" height="${height}" fill="#111217"/>`,
    ...parts,
    '</svg>\n',
  ].join('\n');
}

async function drawPanel(panel: DrawnPanel, box: Box, ask: Ask, seconds: number): Promise<string> {
  if (panel.type === 'row') return text(box.x + 4, box.y + 16, `⌄ ${panel.title}`, 14, INK, 'start', 600);
  const found: Array<{ legend: string; series: Series }> = [];
  for (const target of panel.targets ?? []) {
    const query = { panel: panel.title, expression: target.expr, instant: target.instant ?? false };
    for (const series of await ask(query, seconds))
      found.push({ legend: legendOf(target.legendFormat ?? '', series), series });
  }
  const lines = found.map(({ legend, series }, index): Line => {
    const color = overriddenColor(panel, legend) ?? PALETTE[index % PALETTE.length]!;
    return { name: legend, color, points: series.points };
  });
  const frame = rectangle(box, '#181b1f', '#26282e');
  const title = text(box.x + 10, box.y + 19, panel.title, 13, INK, 'start', 500);
  if (panel.type === 'stat') return drawStat(panel, box, lines);
  if (panel.type === 'table')
    return (
      frame +
      title +
      drawTable(
        box,
        found.map(({ series }) => series),
      )
    );
  return frame + title + drawLines(panel, box, lines, seconds);
}

function drawStat(panel: DrawnPanel, box: Box, lines: readonly Line[]): string {
  const value = lines[0]?.points.at(-1)?.[1] ?? 0;
  const defaults = panel.fieldConfig?.defaults ?? {};
  const steps = defaults.thresholds?.steps ?? [];
  const color = steps.findLast((step) => step.value === null || value >= step.value)?.color ?? '#3274D9';
  const mapping = defaults.mappings?.find(({ options }) => value >= options.from && value <= options.to);
  const shown = mapping?.options.result.text ?? format(value, defaults.unit, defaults.decimals);
  return (
    rectangle(box, color, color) +
    text(box.x + 10, box.y + 19, panel.title, 13, '#ffffff', 'start', 500) +
    text(box.x + box.width / 2, box.y + box.height / 2 + 20, shown, 25, '#ffffff', 'middle', 600)
  );
}

function drawTable(box: Box, rows: readonly Series[]): string {
  const columns = [box.x + 12, box.x + box.width * 0.4, box.x + box.width * 0.62];
  const header = ['Command', 'Kind', 'Replies'].map((name, at) =>
    text(columns[at]!, box.y + 42, name, 12, '#6e9fff'),
  );
  const most = Math.max(1, ...rows.map((row) => row.points.at(-1)![1]));
  const shown = rows.slice(0, Math.floor((box.height - 60) / 22)).map((row, at) => {
    const y = box.y + 64 + at * 22;
    const value = row.points.at(-1)![1];
    const barWidth = (box.width * 0.28 * value) / most;
    return (
      text(columns[0]!, y, row.metric.command ?? '', 12, INK) +
      text(columns[1]!, y, row.metric.kind ?? '', 12, INK) +
      `<rect x="${columns[2]}" y="${y - 11}" width="${barWidth.toFixed(1)}" height="14" fill="#e0752d"/>` +
      text(box.x + box.width - 12, y, format(value, 'short'), 12, INK, 'end')
    );
  });
  return header.join('') + shown.join('');
}

function drawLines(panel: DrawnPanel, box: Box, lines: readonly Line[], seconds: number): string {
  const defaults = panel.fieldConfig?.defaults ?? {};
  const isStacked = defaults.custom?.stacking?.mode === 'normal';
  const plot: Box = { x: box.x + 74, y: box.y + 32, width: box.width - 86, height: box.height - 78 };
  const drawn = isStacked ? stack(lines) : lines;
  const highest = Math.max(0, ...drawn.flatMap((line) => line.points.map(([, value]) => value)));
  const top = defaults.max ?? niceTop(highest);
  const end = Math.max(0, ...lines.flatMap((line) => line.points.map(([time]) => time)));
  const place = (time: number, value: number): string => {
    const x = plot.x + plot.width * (1 - (end - time) / seconds);
    const y = plot.y + plot.height * (1 - Math.min(value, top) / top);
    return `${x.toFixed(1)},${y.toFixed(1)}`;
  };
  const grid = [0, 0.25, 0.5, 0.75, 1].map((share) => {
    const y = plot.y + plot.height * (1 - share);
    return (
      `<line x1="${plot.x}" x2="${plot.x + plot.width}" y1="${y}" y2="${y}" stroke="#2c2e34"/>` +
      text(plot.x - 6, y + 4, format(top * share, defaults.unit), 10.5, FAINT, 'end')
    );
  });
  const anchors = ['start', 'middle', 'end'] as const;
  const times = anchors.map((anchor, at) => {
    const label = new Date((end - seconds * (1 - at / 2)) * 1000).toISOString().slice(11, 19);
    return text(plot.x + (plot.width * at) / 2, plot.y + plot.height + 15, label, 10.5, FAINT, anchor);
  });
  const curves = drawn.map((line) => {
    const path = line.points.map(([time, value]) => place(time, value)).join(' ');
    return `<polyline points="${path}" fill="none" stroke="${line.color}" stroke-width="1.5"/>`;
  });
  return [...grid, ...times, ...curves, legend(box, lines)].join('');
}

function legend(box: Box, lines: readonly Line[]): string {
  const parts: string[] = [];
  let x = box.x + 12;
  const y = box.y + box.height - 12;
  for (const line of lines) {
    const width = 22 + line.name.length * 6.3;
    if (x + width > box.x + box.width - 10) break;
    parts.push(`<rect x="${x}" y="${y - 5}" width="12" height="3" fill="${line.color}"/>`);
    parts.push(text(x + 16, y, line.name, 11, INK));
    x += width + 8;
  }
  return parts.join('');
}

/** Each line on top of those before it. */
function stack(lines: readonly Line[]): Line[] {
  const sums = new Map<number, number>();
  return lines.map((line) => ({
    ...line,
    points: line.points.map(([time, value]): [number, number] => {
      const sum = (sums.get(time) ?? 0) + value;
      sums.set(time, sum);
      return [time, sum];
    }),
  }));
}

function legendOf(pattern: string, series: Series): string {
  return pattern.replace(/\{\{(\w+)\}\}/g, (_, label: string) => series.metric[label] ?? '');
}

function overriddenColor(panel: DrawnPanel, name: string): string | undefined {
  for (const { matcher, properties } of panel.fieldConfig?.overrides ?? []) {
    const { id, options } = matcher;
    const fits = id === 'byRegexp' ? new RegExp(options.slice(1, -1)).test(name) : options === name;
    const color = properties.find((property) => property.id === 'color')?.value as
      | { fixedColor?: string }
      | undefined;
    if (fits && color?.fixedColor !== undefined) return color.fixedColor;
  }
  return undefined;
}

/** 1, 2 or 5 times a power of ten, not below `value`. */
function niceTop(value: number): number {
  if (value <= 0) return 1;
  const power = 10 ** Math.floor(Math.log10(value));
  return [1, 2, 5, 10].map((step) => step * power).find((step) => step >= value)!;
}

function format(value: number, unit = 'short', decimals?: number): string {
  const scaled = (suffixes: readonly string[], base: number): string => {
    let rest = value;
    let step = 0;
    while (Math.abs(rest) >= base && step < suffixes.length - 1) {
      rest /= base;
      step += 1;
    }
    return `${trim(rest)}${suffixes[step]}`;
  };
  if (unit === 'percentunit')
    return `${(value * 100).toFixed(decimals ?? (value > 0 && value < 0.1 ? 1 : 0))} %`;
  if (unit === 's' && value !== 0 && value < 1)
    return value < 0.001 ? `${trim(value * 1e6)} µs` : `${trim(value * 1e3)} ms`;
  if (unit === 'd') return `${trim(value)} days`;
  if (unit === 's') return `${trim(value)} s`;
  if (unit === 'bytes') return scaled([' B', ' KiB', ' MiB', ' GiB'], 1024);
  if (unit === 'Bps') return scaled([' B/s', ' kB/s', ' MB/s', ' GB/s'], 1000);
  return `${scaled(['', ' K', ' M'], 1000)}${unit === 'ops' ? ' ops/s' : ''}`;
}

function trim(value: number): string {
  return Number(value.toPrecision(3)).toString();
}

function rectangle(box: Box, fill: string, stroke: string): string {
  const size = `width="${box.width}" height="${box.height}"`;
  return `<rect x="${box.x}" y="${box.y}" ${size} rx="3" fill="${fill}" stroke="${stroke}"/>`;
}

function text(
  x: number,
  y: number,
  content: string,
  size: number,
  color: string,
  anchor: 'start' | 'middle' | 'end' = 'start',
  weight = 400,
): string {
  const escaped = content.replace(/&/g, '&amp;').replace(/</g, '&lt;').replace(/>/g, '&gt;');
  const place = `x="${x.toFixed(1)}" y="${y.toFixed(1)}" font-size="${size}" text-anchor="${anchor}"`;
  return `<text ${place} font-weight="${weight}" fill="${color}">${escaped}</text>`;
}
