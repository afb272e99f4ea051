/** What of the page is shown, as the address says behind `#`: `divergences?command=get&kind=value`. Pure. */

export type PlaceName = 'overview' | 'divergences' | 'servers' | 'compatibility' | 'configuration';

export interface Place {
  readonly name: PlaceName;
  readonly query: URLSearchParams;
}

const NAMES: readonly PlaceName[] = ['overview', 'divergences', 'servers', 'compatibility', 'configuration'];

export function parsePlace(hash: string): Place {
  const [path = '', query = ''] = hash.replace(/^#/, '').split('?', 2);
  return { name: NAMES.find((name) => name === path) ?? 'overview', query: new URLSearchParams(query) };
}

/** Values that are empty are left out. */
export function formatPlace(name: PlaceName, values: Readonly<Record<string, string>>): string {
  const query = new URLSearchParams(Object.entries(values).filter(([, value]) => value !== ''));
  return query.size === 0 ? `#${name}` : `#${name}?${query}`;
}
