/** The command line: what may stand on it and what it means. Pure; it must not know what the values may be. */
import { parseArgs } from 'node:util';
import type { Overrides } from './load.ts';
import { nearest } from './suggest.ts';

export type CommandLine =
  | { readonly command: 'check'; readonly file: string | undefined; readonly overrides: Overrides }
  | {
      readonly command: 'start';
      readonly file: string | undefined;
      readonly overrides: Overrides;
      /** From a process that serves the same addresses, and lets the next one take over. */
      readonly takesOver: boolean;
    }
  | {
      readonly command: 'report';
      readonly file: string | undefined;
      readonly overrides: Overrides;
      readonly format: 'json' | 'html';
      /** undefined: standard output. */
      readonly output: string | undefined;
    }
  | { readonly command: 'help' | 'version' };

/** A command line that cannot be understood. The message is one line. */
export class UsageError extends Error {}

const OPTIONS = {
  config: { type: 'string', short: 'c' },
  listen: { type: 'string', multiple: true },
  admin: { type: 'string' },
  workers: { type: 'string' },
  primary: { type: 'string' },
  shadow: { type: 'string' },
  format: { type: 'string' },
  output: { type: 'string', short: 'o' },
  'take-over': { type: 'boolean' },
  help: { type: 'boolean', short: 'h' },
  version: { type: 'boolean', short: 'v' },
} as const;

type OptionName = keyof typeof OPTIONS;

const COMMANDS = ['start', 'check', 'report', 'help', 'version'] as const;
type CommandName = (typeof COMMANDS)[number];

function suggest(word: string, candidates: readonly string[]): string {
  const meant = nearest(word, candidates);
  return meant === undefined ? '; see lockstep --help' : `: did you mean ${meant}?`;
}

function checkOption(token: {
  name: string;
  rawName: string;
  value?: string | undefined;
  inlineValue?: boolean | undefined;
}): OptionName {
  if (!Object.hasOwn(OPTIONS, token.name)) {
    const names = Object.keys(OPTIONS).map((name) => `--${name}`);
    throw new UsageError(`unknown option ${token.rawName}${suggest(`--${token.name}`, names)}`);
  }
  const name = token.name as OptionName;
  const takesValue = OPTIONS[name].type === 'string';
  if (!takesValue && token.value !== undefined)
    throw new UsageError(`option ${token.rawName} takes no value`);
  const isMissing =
    token.value === undefined ||
    token.value === '' ||
    (token.inlineValue !== true && token.value.startsWith('-'));
  if (takesValue && isMissing) throw new UsageError(`option ${token.rawName} needs a value`);
  return name;
}

function checkCommand(word: string): CommandName {
  const command = COMMANDS.find((name) => name === word);
  if (command === undefined) throw new UsageError(`unknown command ${word}${suggest(word, COMMANDS)}`);
  return command;
}

/** As it is said, or as the name of the file says. */
function checkFormat(format: string | undefined, output: string | undefined): 'json' | 'html' {
  if (format === undefined) return output?.endsWith('.html') === true ? 'html' : 'json';
  if (format !== 'json' && format !== 'html') throw new UsageError(`--format ${format} is not json or html`);
  return format;
}

/**
 * Reads the arguments after the program's name. No command means start. The last of an option given twice counts,
 * but every --listen does. Throws UsageError.
 */
export function parseCommandLine(args: readonly string[]): CommandLine {
  const { tokens } = parseArgs({
    args: [...args],
    options: OPTIONS,
    strict: false,
    allowPositionals: true,
    tokens: true,
  });
  const listen: string[] = [];
  const values: Partial<Record<OptionName, string>> = {};
  let command: CommandName | undefined;
  for (const token of tokens) {
    if (token.kind === 'option-terminator') continue;
    if (token.kind === 'positional') {
      if (command !== undefined) throw new UsageError(`unexpected argument ${token.value}`);
      command = checkCommand(token.value);
      continue;
    }
    const name = checkOption(token);
    if (name === 'listen') listen.push(token.value!);
    else values[name] = token.value ?? '';
  }
  if (values.help !== undefined || command === 'help') return { command: 'help' };
  if (values.version !== undefined || command === 'version') return { command: 'version' };
  const { config, admin, workers, primary, shadow } = values;
  if (command === 'check' && config === undefined) throw new UsageError('check needs --config FILE');
  const overrides: Overrides = {
    ...(listen.length > 0 && { listen }),
    ...(admin !== undefined && { admin }),
    ...(workers !== undefined && { workers }),
    ...(primary !== undefined && { primary }),
    ...(shadow !== undefined && { shadow }),
  };
  const { format, output } = values;
  const takesOver = values['take-over'] !== undefined;
  if (takesOver && command !== undefined && command !== 'start')
    throw new UsageError('--take-over belongs to start');
  if (command === 'report')
    return { command, file: config, overrides, format: checkFormat(format, output), output };
  if (format !== undefined || output !== undefined)
    throw new UsageError(`--${format === undefined ? 'output' : 'format'} belongs to report`);
  if (command === 'check') return { command, file: config, overrides };
  return { command: 'start', file: config, overrides, takesOver };
}

export const HELP = `Lockstep: a transparent gateway for Redis and Valkey that mirrors, compares and shows divergence.

Usage
  lockstep start [options]           serve; also without "start"
  lockstep check --config FILE       check a configuration and stop
  lockstep report [options]          ask a running gateway for what support needs, without secrets
  lockstep --version                 print the version
  lockstep --help                    print this text

Options
  -c, --config FILE                  YAML file; every key is in config/lockstep.yaml
      --listen HOST:PORT|unix:PATH   where clients connect; may be repeated (127.0.0.1:6379)
      --admin HOST:PORT              admin API and metrics (127.0.0.1:8379)
      --workers N|auto               worker threads (auto: one per processor, one if pinned)
      --primary URL                  the server whose replies clients get
      --shadow URL                   the server that is mirrored to and compared
      --take-over                    take over from the process that serves at --admin, if there is one
      --format json|html             of a report (json, or html where FILE ends so)
  -o, --output FILE                  where a report is written (standard output)

URLs
  redis://[user:password@]host:port[/db]   rediss:// is TLS; valkey may stand for redis
  unix:///path/to/socket

Examples
  lockstep start --primary redis://10.0.0.5:6379
  lockstep start --primary redis://10.0.0.5:6379 --shadow redis://10.0.0.6:6379 --listen 0.0.0.0:6379
  lockstep start --config lockstep.yaml --listen 127.0.0.1:0 --listen unix:/run/lockstep.sock
  LOCKSTEP_ADMIN_TOKEN=secret lockstep start --config lockstep.yaml --admin 0.0.0.0:8379
  lockstep report --config lockstep.yaml --output report.html

Settings come from the file, then from variables named LOCKSTEP_ and the path in capitals
(LOCKSTEP_SHADOW_SAMPLE=0.05), then from options; the last one counts.
Signals: SIGTERM and SIGINT let commands in flight finish, then exit 0; a second one exits at once.
SIGHUP reads the configuration again. Exit codes: 0 done, 1 failed, 2 wrong options or configuration.
`;
