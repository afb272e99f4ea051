/**
 * Builds PromQL from the metric table, so that a metric or label that is renamed, or a rate of a gauge, is an error of
 * types and not an empty panel. Knows nothing of dashboards or rules.
 */
import type { MetricName, MetricType, metricTable } from '../../../src/telemetry/metric-table.ts';

type Table = typeof metricTable;
type OfType<T extends MetricType> = {
  [N in MetricName]: Table[N]['type'] extends T ? N : never;
}[MetricName];
type LabelsOf<N extends MetricName> = Table[N]['labels'][number] | TargetLabel;
/** What Prometheus adds to every series. */
type TargetLabel = 'instance' | 'job';

/** PromQL of which only the text matters. */
export interface Expression {
  readonly text: string;
}

/** An instant vector whose series have (at least) the labels L. */
export interface Vector<L extends string> extends Expression {
  readonly labels?: (label: L) => void;
}

/** A counter; only a rate of it says something. */
export interface Counter<L extends string> {
  readonly selector: string;
  readonly labels?: (label: L) => void;
}

/** A text to be equal to, a pattern to fit, or what `not` makes. */
type Filter = string | RegExp | { readonly not: string };
type Filters<L extends string> = { readonly [label in L]?: Filter };

export function not(value: string): Filter {
  return { not: value };
}

/** Metrics of prom-client that are used; it registers them by itself. */
export type ProcessMetric =
  | 'process_resident_memory_bytes'
  | 'process_start_time_seconds'
  | 'nodejs_eventloop_lag_p99_seconds';

/** Selectors with the same filters in all of them, such as the choice of gateways of a dashboard. */
export class Selectors {
  readonly #common: Filters<TargetLabel>;

  constructor(common: Filters<TargetLabel> = {}) {
    this.#common = common;
  }

  gauge<N extends OfType<'gauge'>>(name: N, filters: Filters<LabelsOf<N>> = {}): Vector<LabelsOf<N>> {
    return { text: this.#select(name, filters) };
  }

  counter<N extends OfType<'counter'>>(name: N, filters: Filters<LabelsOf<N>> = {}): Counter<LabelsOf<N>> {
    return { selector: this.#select(name, filters) };
  }

  buckets<N extends OfType<'histogram'>>(
    name: N,
    filters: Filters<LabelsOf<N>> = {},
  ): Counter<LabelsOf<N> | 'le'> {
    return { selector: this.#select(`${name}_bucket`, filters) };
  }

  process(name: ProcessMetric): Vector<TargetLabel> {
    return { text: this.#select(name, {}) };
  }

  processor(): Counter<TargetLabel> {
    return { selector: this.#select('process_cpu_seconds_total', {}) };
  }

  #select(name: string, filters: Filters<string>): string {
    const all = { ...this.#common, ...filters };
    const texts = Object.entries(all).map(([label, filter]) => `${label}${filterText(filter as Filter)}`);
    return texts.length === 0 ? name : `${name}{${texts.join(',')}}`;
  }
}

function filterText(filter: Filter): string {
  if (typeof filter === 'string') return `="${filter}"`;
  return filter instanceof RegExp ? `=~"${filter.source}"` : `!="${filter.not}"`;
}

export function rate<L extends string>(counter: Counter<L>, window: string): Vector<L> {
  return { text: `rate(${counter.selector}[${window}])` };
}

export function increase<L extends string>(counter: Counter<L>, window: string): Vector<L> {
  return { text: `increase(${counter.selector}[${window}])` };
}

/** The counter itself: what has been counted since the process began. */
export function sinceStart<L extends string>(counter: Counter<L>): Vector<L> {
  return { text: counter.selector };
}

type Operator = 'sum' | 'max' | 'min' | 'count';

/** Over all series, or by some of their labels. */
export function aggregate<L extends string, By extends L = never>(
  operator: Operator,
  vector: Vector<L>,
  by: readonly By[] = [],
): Vector<By> {
  const grouping = by.length === 0 ? '' : ` by (${by.join(', ')})`;
  return { text: `${operator}${grouping} (${vector.text})`.replace(/^(\w+) \(/, '$1(') };
}

/** Keeps all labels but those named, whatever labels the scrape has added. */
export function sumWithout<L extends string, Gone extends L>(
  vector: Vector<L>,
  gone: readonly Gone[],
): Vector<Exclude<L, Gone>> {
  return { text: `sum without (${gone.join(', ')}) (${vector.text})` };
}

export function quantile<L extends string>(
  share: number,
  vector: Vector<L | 'le'>,
): Vector<Exclude<L, 'le'>> {
  return { text: `histogram_quantile(${share}, ${vector.text})` };
}

export function top<L extends string>(count: number, vector: Vector<L>): Vector<L> {
  return { text: `topk(${count}, ${vector.text})` };
}

export function share<L extends string>(part: Vector<L>, whole: Vector<L>): Vector<L> {
  return { text: `${part.text} / ${whole.text}` };
}

/** PromQL put together from vectors: `` promql`${a} > 3` ``. The labels are those of the first. */
export function promql<L extends string>(
  pieces: TemplateStringsArray,
  first: Vector<L>,
  ...more: ReadonlyArray<Expression | number | string>
): Vector<L> {
  const values = [first, ...more].map((one) => (typeof one === 'object' ? one.text : String(one)));
  return { text: String.raw({ raw: pieces.raw }, ...values) };
}

/** How a gauge has changed. */
export function delta<L extends string>(gauge: Vector<L>, window: string): Vector<L> {
  return { text: `delta(${gauge.text}[${window}])` };
}
