/** What a gateway says about its shadow, gathered from the metrics and the admin API into something to assert on. */
import { expect } from 'vitest';
import type { TestGateway } from '../gateway.ts';

export interface DivergenceItem {
  readonly id: unknown;
  readonly command: string;
  readonly kind: string;
  readonly slot: number;
  readonly keyHash: string;
  readonly key?: string;
  readonly firstDifference: string;
  readonly primary: string;
  readonly shadow: string;
  readonly count: number;
}

export interface Verdicts {
  readonly match: number;
  readonly divergent: number;
  readonly expected: number;
  readonly unconfirmed: number;
  readonly skipped: number;
  readonly dropped: number;
  readonly dirtySlots: number;
  readonly breakerOpen: number;
  /** `command verdict count` of everything but matches, `reason count` of drops, `cause count` of dirty slots. */
  readonly lines: readonly string[];
}

export async function readVerdicts(gateway: TestGateway): Promise<Verdicts> {
  const page = await gateway.metrics();
  const total = (verdict: string): number => page.sum('comparisons_total', { verdict });
  const odd = page
    .find('comparisons_total')
    .filter((sample) => sample.labels.verdict !== 'match' && sample.value > 0);
  const drops = page.find('shadow_dropped_total').filter((sample) => sample.value > 0);
  const causes = page.find('shadow_slots_dirtied_total').filter((sample) => sample.value > 0);
  return {
    match: total('match'),
    divergent: total('divergent'),
    expected: total('expected'),
    unconfirmed: total('unconfirmed'),
    skipped: total('skipped'),
    dropped: page.sum('shadow_dropped_total'),
    dirtySlots: page.sum('shadow_dirty_slots'),
    breakerOpen: page.sum('shadow_breaker_open'),
    lines: [
      ...odd.map((sample) => `${sample.labels.command} ${sample.labels.verdict} ${sample.value}`),
      ...drops.map((sample) => `dropped: ${sample.labels.reason} ${sample.value}`),
      ...causes.map((sample) => `slots dirtied: ${sample.labels.cause} ${sample.value}`),
    ],
  };
}

export async function readDivergences(
  gateway: TestGateway,
  limit = 1000,
): Promise<{ readonly total: number; readonly items: readonly DivergenceItem[] }> {
  const answer = await gateway.admin(`/api/v1/divergences?limit=${limit}`);
  return { total: Number(answer.total), items: answer.items as DivergenceItem[] };
}

export function showDivergence(item: DivergenceItem): string {
  const where = item.firstDifference === '' ? '' : ` at ${item.firstDifference}`;
  const what = `${item.count}x ${item.command} ${item.kind}${where}`;
  return `${what} ${item.key ?? item.keyHash}: ${item.primary} | ${item.shadow}`;
}

/**
 * Settings for pairs that must agree: a failing test names keys and values, and no limit is reached because the machine
 * is slow. A gateway that was not run for five seconds would give up its shadow, as it should.
 */
export const tellAll = {
  primary: { connectTimeoutMs: 60_000, answerTimeoutMs: 600_000 },
  shadow: {
    connectTimeoutMs: 60_000,
    queue: { maxAgeMs: 600_000 },
    breaker: { timeoutMs: 600_000 },
  },
  compare: { ttlToleranceMs: 20_000, divergences: { showKeys: true, showValues: true } },
} as const;

/** Checks verdicts. When they are not as wanted, the error says all that is known: a log may be all there is. */
export async function expectVerdicts(gateway: TestGateway, wanted: Partial<Verdicts>): Promise<Verdicts> {
  const verdicts = await readVerdicts(gateway);
  const { items } = await readDivergences(gateway, 20);
  const { lines, ...counts } = verdicts;
  const warnings = gateway.logs.filter(({ level }) => level !== 'info' && level !== 30).slice(-20);
  const known = [
    JSON.stringify(counts),
    ...lines,
    ...items.map(showDivergence),
    ...warnings.map((record) => JSON.stringify(record)),
  ];
  expect(verdicts, `${known.join('\n')}\n`).toMatchObject(wanted);
  return verdicts;
}

/** Of which slots the gateway knows that the shadow may differ there. */
export async function readDirtySlots(gateway: TestGateway): Promise<(slot: number) => boolean> {
  const { shadow } = (await gateway.admin('/api/v1/status')) as {
    shadow: { dirty: { ranges: readonly (readonly [number, number])[]; truncated: boolean } };
  };
  const { ranges, truncated } = shadow.dirty;
  // What comes behind the last range of a list that was cut may be dirty, too.
  const end = truncated ? (ranges.at(-1)?.[1] ?? 0) : Number.POSITIVE_INFINITY;
  return (slot) => slot > end || ranges.some(([first, last]) => slot >= first && slot <= last);
}
