/** What INFO does on the engine. Worker thread. Cold: administration. As valkey 8.0 `genValkeyInfoString`. */
import type { Compatibility } from '../compatibility.ts';
import type { CommandContext } from '../context.ts';

/** Shown when asked for, by name or with the others. */
const NOT_DEFAULT: ReadonlySet<string> = new Set(['Commandstats', 'Latencystats']);

export function runInfo(context: CommandContext): void {
  const { information } = context.ports;
  const wanted = new Set<string>();
  for (let at = 1; at < context.count; at++) wanted.add(context.text(at).toLowerCase());
  const isAll = wanted.has('all') || wanted.has('everything');
  const isDefault = wanted.size === 0 || wanted.has('default');
  const sections: string[] = [];
  for (const title of information.titles) {
    if (!hasSection(context.compatibility, title)) continue;
    const isUsual = isDefault && !NOT_DEFAULT.has(title);
    if (!(isAll || isUsual || wanted.has(title.toLowerCase()))) continue;
    const lines = information.lines(title, context).map((line) => `${line}\r\n`);
    sections.push(`# ${title}\r\n${lines.join('')}`);
  }
  const text = sections.join('\r\n');
  if (wanted.has(GATEWAY) && context.mayYield && tellOfGateway(context, text)) return;
  context.writer.verbatim(text, context.resp);
}

/** The section that the gateway has in INFO. An engine has it where it is asked for by name. */
const GATEWAY = 'lockstep';

/** The main thread makes it, and the client waits until then. */
function tellOfGateway(context: CommandContext, text: string): boolean {
  let section = '';
  const rest = {
    isAsleep: true,
    step: ({ writer, resp }: CommandContext): boolean => {
      writer.verbatim(text === '' ? section : `${text}\r\n${section}`, resp);
      return true;
    },
  };
  const isAsked = context.ports.information.describe(context.client, (made) => {
    section = made;
    rest.isAsleep = false;
  });
  if (isAsked) context.later(rest);
  return isAsked;
}

function hasSection({ isValkey, level }: Compatibility, title: string): boolean {
  return title !== 'Threads' || (!isValkey && level >= 800);
}
