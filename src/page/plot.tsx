/** Lines over time, drawn by uPlot. All plots of the page show the same moment under the pointer. */
import { useEffect, useRef, useState } from 'preact/hooks';
import uPlot from 'uplot';
import type { LiveSample } from '../admin/live-sample.ts';
import { formatClock } from './format.ts';
import { onThemeChange, resolveColor } from './theme.ts';

export interface Line {
  readonly label: string;
  /** Name of a colour of the style sheet. */
  readonly color: string;
  readonly read: (sample: LiveSample) => number | null;
  readonly isDashed?: boolean;
}

export interface PlotProps {
  readonly title: string;
  readonly note?: string;
  readonly lines: readonly Line[];
  readonly samples: readonly LiveSample[];
  readonly format: (value: number) => string;
  /** The axis shows one among thousands: logarithmic, from 0. */
  readonly isWide?: boolean;
  /** The first step of a wide axis; 1 when absent. */
  readonly step?: number;
}

const HEIGHT = 160;
/** Steps that are a smaller part of a wide axis have no room for their text. */
const TIGHT = 0.1;
const AXIS_FONT = '11px system-ui, sans-serif';

/** Where a value stands on a wide axis, and what stands there. */
function widen(value: number, step: number): number {
  return Math.log10(1 + value / step);
}

function narrow(place: number, step: number): number {
  return (10 ** place - 1) * step;
}

/** 0, 1, 10, 100 steps and so on, where they stand on a wide axis. */
function wideSplits(most: number): number[] {
  const splits = [0];
  for (let value = 1; widen(value, 1) <= most; value *= 10) splits.push(widen(value, 1));
  return splits;
}

function yAxis(axis: uPlot.Axis, { format, isWide, step = 1 }: PlotProps): uPlot.Axis {
  const y: uPlot.Axis = { ...axis, size: 58, values: (_plot, values) => values.map(format) };
  if (isWide !== true) return y;
  return {
    ...y,
    splits: (_plot, _axis, _min, most) => wideSplits(most),
    values: (_plot, splits) =>
      splits.map((split, at) => {
        const isTight = at > 0 && (split - splits[at - 1]!) / splits.at(-1)! < TIGHT;
        return isTight ? '' : format(Math.round(narrow(split, step)));
      }),
  };
}

function optionsOf(props: PlotProps, width: number): uPlot.Options {
  const [ink, rule] = [resolveColor('--ink-2'), resolveColor('--rule')];
  const axis = { stroke: ink, font: AXIS_FONT, grid: { stroke: rule, width: 1 }, ticks: { show: false } };
  return {
    width,
    height: HEIGHT,
    cursor: { sync: { key: 'time' }, y: false, drag: { x: false, y: false } },
    legend: {
      live: true,
      markers: { width: 1, dash: (plot, at) => (plot.series[at]!.dash ? 'dashed' : 'solid') },
    },
    scales: { x: { time: true }, y: { range: (_plot, _min, max) => [0, max > 0 ? max * 1.08 : 1] } },
    axes: [
      {
        ...axis,
        grid: { show: false },
        size: 26,
        space: 80,
        values: (_plot, splits) => splits.map((split) => formatClock(split * 1000)),
      },
      yAxis(axis, props),
    ],
    series: [{ label: 'Time' }, ...props.lines.map((line) => seriesOf(line, props))],
  };
}

function seriesOf({ label, color, isDashed }: Line, { format, isWide, step = 1 }: PlotProps): uPlot.Series {
  const textOf = (value: number): string => format(isWide === true ? narrow(value, step) : value);
  return {
    label,
    stroke: resolveColor(color),
    width: 1.75,
    points: { show: false },
    ...(isDashed === true ? { dash: [5, 4] } : {}),
    value: (_plot, value: number | null) => (value === null ? '–' : textOf(value)),
  };
}

function dataOf({ lines, samples, isWide, step = 1 }: PlotProps): uPlot.AlignedData {
  return [
    samples.map(({ atMs }) => atMs / 1000),
    ...lines.map(({ read }) =>
      samples.map((sample) => {
        const value = read(sample);
        return value !== null && isWide === true ? widen(value, step) : value;
      }),
    ),
  ] as uPlot.AlignedData;
}

/** Without a pointer the legend shows the latest values. */
function show(plot: uPlot, props: PlotProps): void {
  plot.setData(dataOf(props));
  if (plot.cursor.idx == null) plot.setLegend({ idx: props.samples.length - 1 });
}

export function Plot(props: PlotProps) {
  const place = useRef<HTMLDivElement>(null);
  const drawn = useRef<uPlot | undefined>(undefined);
  const latest = useRef(props);
  const [theme, setTheme] = useState(0);
  latest.current = props;
  useEffect(() => {
    const parent = place.current!;
    const plot = new uPlot(optionsOf(latest.current, parent.clientWidth), dataOf(latest.current), parent);
    drawn.current = plot;
    show(plot, latest.current);
    const resize = new ResizeObserver(() => plot.setSize({ width: parent.clientWidth, height: HEIGHT }));
    resize.observe(parent);
    return () => {
      resize.disconnect();
      plot.destroy();
    };
  }, [theme]);
  useEffect(() => onThemeChange(() => setTheme((count) => count + 1)), []);
  useEffect(() => show(drawn.current!, props), [props.samples]);
  return (
    <figure class="panel plot">
      <figcaption>
        <h2>{props.title}</h2>
        {props.note === undefined ? null : <p class="note">{props.note}</p>}
      </figcaption>
      <div ref={place} class="canvas" role="img" aria-label={describe(props)} />
    </figure>
  );
}

/** For those who do not see it. */
function describe({ title, lines, samples, format }: PlotProps): string {
  const last = samples.at(-1);
  if (last === undefined) return `${title}: nothing yet`;
  const values = lines.map(({ label, read }) => {
    const value = read(last);
    return `${label} ${value === null ? 'none' : format(value)}`;
  });
  return `${title}, now: ${values.join(', ')}`;
}
