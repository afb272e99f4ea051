/** A configuration as a list of settings with the paths that documents use. Pure. */

function isMap(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** `[['shadow.queue.maxBytes', '67108864'], …]`; lists of plain values are one setting. */
export function flatten(value: unknown, path = ''): [path: string, value: string][] {
  const under = (key: string): string => (path === '' ? key : `${path}.${key}`);
  if (isMap(value) && Object.keys(value).length > 0)
    return Object.entries(value).flatMap(([key, part]) => flatten(part, under(key)));
  if (Array.isArray(value) && value.some(isMap))
    return value.flatMap((part: unknown, index) => flatten(part, `${path}[${index}]`));
  return [[path, typeof value === 'string' ? value : JSON.stringify(value)]];
}
