/** The setting `save`: after so many seconds with so many changes a snapshot is saved. Any thread. */
import type { RefusedSetting } from '../commands/ports.ts';

export interface SavePoint {
  readonly seconds: number;
  readonly changes: number;
}

/** Undefined: the text is none. An empty one means that nothing is saved by itself. */
export function parseSavePoints(text: string): readonly SavePoint[] | undefined {
  const words = text === '' ? [] : text.split(' ');
  if (words.length % 2 !== 0) return undefined;
  const points: SavePoint[] = [];
  for (let at = 0; at < words.length; at += 2) {
    if (!/^\d{1,15}$/.test(words[at]) || !/^\d{1,15}$/.test(words[at + 1])) return undefined;
    const point = { seconds: Number(words[at]), changes: Number(words[at + 1]) };
    if (point.seconds < 1) return undefined;
    points.push(point);
  }
  return points;
}

/** The setting as it is kept. */
export function savePointsValue(text: string): string | RefusedSetting {
  const points = parseSavePoints(text);
  if (points === undefined) return { refusal: 'Invalid save parameters' };
  return points.map(({ seconds, changes }) => `${seconds} ${changes}`).join(' ');
}
