/** What a gateway says about its shadow, gathered from the metrics and the admin API into something to assert on. */
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
  /** `command verdict count` of everything but matches, and `reason count` of drops. */
  readonly lines: readonly string[];
}

export async function readVerdicts(gateway: TestGateway): Promise<Verdicts> {
  const page = await gateway.metrics();
  const total = (verdict: string): number => page.sum('comparisons_total', { verdict });
  const odd = page
    .find('comparisons_total')
    .filter((sample) => sample.labels.verdict !== 'match' && sample.value > 0);
  const drops = page.find('shadow_dropped_total').filter((sample) => sample.value > 0);
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

/** Settings that let a failing test name keys and values. */
export const tellAll = { compare: { divergences: { showKeys: true, showValues: true } } } as const;
