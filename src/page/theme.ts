/** Light or dark: as the system says, unless somebody chose. Plots ask for colours here, since a canvas has no CSS. */

export type Theme = 'auto' | 'light' | 'dark';

const THEMES: readonly Theme[] = ['auto', 'light', 'dark'];
const THEME_KEY = 'lockstep-theme';
const listeners = new Set<() => void>();

export function currentTheme(): Theme {
  return THEMES.find((theme) => theme === localStorage.getItem(THEME_KEY)) ?? 'auto';
}

function apply(): void {
  const theme = currentTheme();
  if (theme === 'auto') delete document.documentElement.dataset.theme;
  else document.documentElement.dataset.theme = theme;
  for (const listener of [...listeners]) listener();
}

export function startTheme(): void {
  matchMedia('(prefers-color-scheme: dark)').addEventListener('change', apply);
  apply();
}

/** The next one in turn. */
export function changeTheme(): void {
  const next = THEMES[(THEMES.indexOf(currentTheme()) + 1) % THEMES.length]!;
  localStorage.setItem(THEME_KEY, next);
  apply();
}

/** Returns what ends it. */
export function onThemeChange(listener: () => void): () => void {
  listeners.add(listener);
  return () => listeners.delete(listener);
}

/** A colour of the style sheet, such as `--primary`, as it is now. */
export function resolveColor(name: string): string {
  const probe = document.createElement('span');
  probe.style.color = `var(${name})`;
  document.body.append(probe);
  const { color } = getComputedStyle(probe);
  probe.remove();
  return color;
}
