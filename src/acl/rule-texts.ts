/** Rules as people write them: in quotes, and selectors that are spread over several arguments. Cold. */
import { asciiBytes, decodeLatin1 } from '../base/bytes.ts';
import { InlineRewriter } from '../resp/inline.ts';

/** Splits a text at its spaces, quotes respected. Where quotes do not balance there is nothing in it, as in servers. */
export function splitQuoted(text: string): string[] {
  const bytes = asciiBytes(text);
  const line = new InlineRewriter();
  if (!line.rewrite(bytes, 0, bytes.length)) return [];
  return Array.from({ length: line.count }, (_, at) =>
    decodeLatin1(line.writer.bytes, line.spans[2 * at], line.spans[2 * at + 1]),
  );
}

/**
 * Puts selectors together that are spread over several rules: `(+get`, `~a)`. As valkey 8.0
 * `ACLMergeSelectorArguments`.
 * `unmatched`: the rule with the parenthesis that is never closed.
 */
export function mergeSelectors(rules: readonly string[]): string[] | { readonly unmatched: string } {
  const merged: string[] = [];
  let open: string[] = [];
  for (const rule of rules) {
    if (open.length === 0 && (!rule.startsWith('(') || rule.endsWith(')'))) {
      merged.push(rule);
      continue;
    }
    const closes = open.length > 0 && rule.endsWith(')');
    open.push(rule);
    if (!closes) continue;
    merged.push(open.join(' '));
    open = [];
  }
  return open.length === 0 ? merged : { unmatched: open[0] };
}
