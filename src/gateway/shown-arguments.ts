/** Commands in words, as far as they may be shown. Worker thread. Cold: only where the configuration asks for it. */
import { decodeLatin1 } from '../base/bytes.ts';
import type { CommandDefinition } from '../commands/definition.ts';
import { mayHoldSecrets } from '../commands/secrets.ts';
import type { Frame } from './ports.ts';

const MOST_ARGUMENTS = 8;
const MOST_BYTES = 64;
const HIDDEN = '(redacted)';

function shown(frame: Frame, at: number): string {
  const [start, end] = [frame.spans[at * 2], frame.spans[at * 2 + 1]];
  const text = JSON.stringify(decodeLatin1(frame.bytes, start, Math.min(end, start + MOST_BYTES)));
  return end - start > MOST_BYTES ? `${text}... (${end - start - MOST_BYTES} more bytes)` : text;
}

/** Name and arguments in quotes, cut; the arguments are hidden where they may hold secrets or nothing is known. */
export function hideSecretArguments(frame: Frame, definition: CommandDefinition | undefined): string {
  if (definition === undefined || mayHoldSecrets(definition)) return HIDDEN;
  const words: string[] = [];
  for (let at = 0; at < Math.min(frame.count, MOST_ARGUMENTS); at++) words.push(shown(frame, at));
  if (frame.count > MOST_ARGUMENTS) words.push(`... (${frame.count - MOST_ARGUMENTS} more arguments)`);
  return words.join(' ');
}
