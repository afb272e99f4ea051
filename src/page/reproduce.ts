/** The command line with which a divergence can be looked at on either server. Pure. */
import type { DivergenceItem } from '../gateway/control-view.ts';

export interface Reproduction {
  readonly line: string;
  /** What is missing from the line, and why; empty: it is complete. */
  readonly note: string;
}

/** One word for a shell, whatever it holds. Control characters would be run by terminals when pasted. */
export function quoteForShell(word: string): string {
  if (/^[\w:.@/+=,-]+$/.test(word)) return word;
  return `'${word.replaceAll("'", "'\\''")}'`;
}

/** One word for redis-cli's own line, where it is not plain. */
function quoteForClient(word: string): string {
  if (/^[\w:.@/+=,-]+$/.test(word)) return word;
  let text = '';
  for (const byte of new TextEncoder().encode(word)) {
    const isPlain = byte >= 0x20 && byte < 0x7f && byte !== 0x22 && byte !== 0x5c;
    text += isPlain ? String.fromCharCode(byte) : `\\x${byte.toString(16).padStart(2, '0')}`;
  }
  return `"${text}"`;
}

/** Options of redis-cli for a server: `node` is `host:port` of one that is known, or ''. */
export function clientOptions(url: string, node: string): string {
  const unix = /^unix:\/\/(?:[^@/]*@)?(\/[^?]*)/.exec(url)?.[1];
  if (unix !== undefined) return `-s ${quoteForShell(decodeURIComponent(unix))}`;
  const match = /^([a-z+]+):\/\/(?:([^@/]*)@)?([^/?,]*)/.exec(url);
  const [, scheme = '', login = '', address = ''] = match ?? [];
  const place = node === '' ? address : node;
  const end = place.lastIndexOf(':');
  const host = (end < 0 ? place : place.slice(0, end)).replace(/^\[|\]$/g, '');
  const words = [
    '-h',
    quoteForShell(host || '127.0.0.1'),
    '-p',
    end < 0 ? '6379' : quoteForShell(place.slice(end + 1)),
  ];
  if (/^(rediss|valkeys)\b/.test(scheme)) words.push('--tls');
  if (scheme.includes('+cluster')) words.push('-c');
  const user = login.split(':')[0]!;
  if (user !== '') words.push('--user', quoteForShell(decodeURIComponent(user)));
  if (login !== '') words.push('--askpass');
  return words.join(' ');
}

/** The command as far as the log may show it, in redis-cli's form. */
function knownCommand(item: DivergenceItem): Reproduction {
  if (item.request !== undefined) return { line: item.request, note: '' };
  const name = item.command.toUpperCase().replace('|', ' ');
  if (item.key !== undefined) {
    const isWhole = !item.key.includes('\ufffd') && !item.key.endsWith('…');
    const note = isWhole
      ? 'Arguments behind the key are not on record; compare.divergences.showValues keeps them from then on.'
      : 'The key is long or not text, and stands here only in part.';
    return { line: `${name} ${quoteForClient(item.key)}`, note };
  }
  if (item.keyHash === '') return { line: name, note: 'Arguments are not on record.' };
  const note =
    `KEY stands for the key whose SHA-256 begins with ${item.keyHash}; ` +
    'compare.divergences.showKeys and showValues keep whole commands from then on.';
  return { line: `${name} KEY`, note };
}

export function reproduce(item: DivergenceItem, url: string, node: string): Reproduction {
  const { line, note } = knownCommand(item);
  const options = clientOptions(url, node);
  if (/^[\w:.@/+=, -]+$/.test(line)) return { line: `redis-cli ${options} ${line}`, note };
  return { line: `printf '%s\\n' ${quoteForShell(line)} | redis-cli ${options}`, note };
}
