/** How a command is written, from its grammar, as people know it from documents. Cold: when somebody looks. */
import type { ArgumentGrammar, CommandDefinition } from './definition.ts';

/** `HEXPIRE key seconds [NX | XX | GT | LT] FIELDS numfields field [field ...]` */
export function commandUsage({ name, arguments: grammar }: CommandDefinition): string {
  return [nameText(name), ...grammar.map(argumentText)].join(' ');
}

/** `SET … IFEQ comparison-value`, or `CONFIG GET` with the name of a parameter. */
export function optionUsage(definition: CommandDefinition, option: string): string {
  const name = nameText(definition.name);
  if (definition.name.startsWith('config|')) return `${name} ${option}`;
  const found = findOption(definition.arguments, option.split(' ')[0]!);
  return `${name} … ${found === undefined ? option : bareText(found)}`;
}

function nameText(name: string): string {
  return name.replace('|', ' ').toUpperCase();
}

function findOption(grammar: readonly ArgumentGrammar[], token: string): ArgumentGrammar | undefined {
  for (const argument of grammar) {
    if (argument.token === token) return argument;
    const inner = argument.arguments ?? [];
    if (argument.type === 'block' && inner[0]?.token === token) return argument;
    const found = findOption(inner, token);
    if (found !== undefined) return found;
  }
  return undefined;
}

function argumentText(argument: ArgumentGrammar): string {
  const text = bareText(argument);
  return argument.optional === true ? `[${text}]` : text;
}

function bareText(argument: ArgumentGrammar): string {
  const { token, multiple, multipleToken } = argument;
  const value = valueText(argument);
  const word = token === undefined || token === '' ? '' : token;
  const one = word === '' || value === '' ? `${word}${value}` : `${word} ${value}`;
  if (multiple !== true) return one;
  return `${one} [${multipleToken === true ? one : value} ...]`;
}

function valueText(argument: ArgumentGrammar): string {
  const inner = argument.arguments ?? [];
  if (argument.type === 'pure-token') return '';
  if (argument.type === 'oneof') {
    const choices = inner.map(argumentText).join(' | ');
    return argument.optional === true && argument.token === undefined ? choices : `<${choices}>`;
  }
  if (argument.type === 'block') return inner.map(argumentText).join(' ');
  return argument.display ?? argument.name;
}
