/** Reads the Prometheus text format, enough of it to ask for values in tests. */

export interface Sample {
  readonly labels: Readonly<Record<string, string>>;
  readonly value: number;
}

export class MetricsPage {
  readonly text: string;
  /** By name; histograms under their `_bucket`, `_sum` and `_count` names. */
  readonly samples: ReadonlyMap<string, readonly Sample[]>;

  constructor(text: string) {
    this.text = text;
    const samples = new Map<string, Sample[]>();
    for (const line of text.split('\n')) {
      const match = /^([A-Za-z_:][\w:]*)(?:\{(.*)\})? (\S+)$/.exec(line);
      if (!match) continue;
      const name = match[1] as string;
      const list = samples.get(name) ?? [];
      list.push({ labels: readLabels(match[2] ?? ''), value: readNumber(match[3] as string) });
      samples.set(name, list);
    }
    this.samples = samples;
  }

  /** Sum of the series whose labels include `labels`; 0 where there is none. `lockstep_` may be left out of `name`. */
  sum(name: string, labels: Readonly<Record<string, string>> = {}): number {
    let sum = 0;
    for (const sample of this.find(name, labels)) sum += sample.value;
    return sum;
  }

  find(name: string, labels: Readonly<Record<string, string>> = {}): Sample[] {
    const list = this.samples.get(name) ?? this.samples.get(`lockstep_${name}`) ?? [];
    const wanted = Object.entries(labels);
    return list.filter((sample) => wanted.every(([label, value]) => sample.labels[label] === value));
  }
}

function readLabels(text: string): Record<string, string> {
  const labels: Record<string, string> = {};
  for (const match of text.matchAll(/([A-Za-z_]\w*)="((?:[^"\\]|\\.)*)"/g)) {
    const value = (match[2] as string).replace(/\\(.)/g, (_, escaped: string) =>
      escaped === 'n' ? '\n' : escaped,
    );
    labels[match[1] as string] = value;
  }
  return labels;
}

function readNumber(text: string): number {
  if (text === '+Inf') return Number.POSITIVE_INFINITY;
  if (text === '-Inf') return Number.NEGATIVE_INFINITY;
  return Number(text);
}
