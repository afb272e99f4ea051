/**
 * Whether two replies differ because one server does not have the command or an option of it, by the releases the
 * catalogue gives. Any thread. It knows definitions and identities, no particular command.
 */
import { decodeLatin1 } from '../base/bytes.ts';
import type { ArgumentGrammar, CommandDefinition, CommandView, Since } from '../commands/definition.ts';
import { isError, type Reply } from '../resp/reply.ts';
import { hasSince, type ServerIdentity } from './identity.ts';
import { scalarText } from './leaves.ts';

const UNKNOWN_COMMAND = /^ERR unknown (command|subcommand)/i;
/** Options are words; longer arguments are data. */
const LONGEST_TOKEN = 32;

export interface Side {
  readonly reply: Reply;
  readonly server: ServerIdentity;
}

/** `command-since` or `option-since` when `lacking` fails because its server is older or another product. */
export function explainCapability(
  definition: CommandDefinition,
  view: CommandView,
  lacking: Side,
  having: Side,
): string | undefined {
  if (!isError(lacking.reply)) return undefined;
  if (lacksFrom(definition.since, lacking, having)) {
    return UNKNOWN_COMMAND.test(scalarText(lacking.reply)) ? 'command-since' : undefined;
  }
  return usesMissingOption(definition, view, lacking, having) ? 'option-since' : undefined;
}

function lacksFrom(since: Since, lacking: Side, having: Side): boolean {
  return !hasSince(lacking.server, since) && hasSince(having.server, since);
}

function usesMissingOption(
  definition: CommandDefinition,
  view: CommandView,
  lacking: Side,
  having: Side,
): boolean {
  const tokens = missingTokens(definition.arguments, lacking, having, []);
  if (tokens.length === 0) return false;
  for (let index = 1; index < view.count; index += 1) {
    const start = view.spans[2 * index];
    const end = view.spans[2 * index + 1];
    if (end - start > LONGEST_TOKEN) continue;
    if (tokens.includes(decodeLatin1(view.bytes, start, end).toUpperCase())) return true;
  }
  return false;
}

/** Tokens of the grammar, upper case, that only the server of `having` knows. */
function missingTokens(
  grammar: readonly ArgumentGrammar[],
  lacking: Side,
  having: Side,
  tokens: string[],
): string[] {
  for (const argument of grammar) {
    if (argument.since !== undefined && lacksFrom(argument.since, lacking, having))
      collectTokens(argument, tokens);
    else if (argument.arguments !== undefined) missingTokens(argument.arguments, lacking, having, tokens);
  }
  return tokens;
}

function collectTokens(argument: ArgumentGrammar, tokens: string[]): void {
  if (argument.token !== undefined && argument.token !== '') tokens.push(argument.token.toUpperCase());
  for (const inner of argument.arguments ?? []) collectTokens(inner, tokens);
}
