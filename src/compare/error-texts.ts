/**
 * Error texts that mean the same in different products and versions, as data. Any thread.
 * Observed on Redis 7.0 and 8.0, Valkey 8.0 and 9.1. Differences that need to know the command or the servers are in
 * `known-differences.ts`.
 */

interface ErrorTextRule {
  readonly pattern: RegExp;
  readonly replacement: string;
}

/** Texts are without the leading '-'. */
const errorTextRules: readonly ErrorTextRule[] = [
  // Valkey 9 drops the SHA1 of the script.
  { pattern: /^(.+?) script: ([0-9a-f]{40}, )?on @(\S+)$/, replacement: '$1 script: on @$3' },
  {
    pattern: /Unknown Redis command called from script/,
    replacement: 'Unknown command called from script',
  },
  {
    pattern: /Wrong number of args calling Redis command from script/,
    replacement: 'Wrong number of args calling command from script',
  },
  {
    pattern: /Please specify at least one argument for this redis lib call/,
    replacement: 'Please specify at least one argument for this call',
  },
  {
    pattern: /Lua redis lib command arguments must be strings or integers/,
    replacement: 'Command arguments must be strings or integers',
  },
  {
    pattern: /This (Redis|Valkey) command is not allowed from script/,
    replacement: 'This command is not allowed from script',
  },
  {
    pattern: /Invalid command passed to (redis|server)\.acl_check_cmd\(\)/,
    replacement: 'Invalid command passed to acl_check_cmd()',
  },
  {
    pattern: /^NOSCRIPT No matching script\.( Please use EVAL\.)?$/,
    replacement: 'NOSCRIPT No matching script.',
  },
  { pattern: /(Redis|Valkey) is busy running a script/, replacement: 'busy running a script' },
  {
    pattern: /Script killed by user with SCRIPT KILL\.+/,
    replacement: 'Script killed by user with SCRIPT KILL.',
  },
  {
    pattern: /^ERR (MULTI calls can not be nested|WATCH inside MULTI is not allowed)$/,
    replacement: 'ERR Command not allowed inside a transaction',
  },
  {
    pattern: /^ERR Command '[^']*' not allowed inside a transaction$/,
    replacement: 'ERR Command not allowed inside a transaction',
  },
  {
    pattern: /^NOPERM (this user|User \S+) has no permissions to run the '([^']*)' command$/,
    replacement: "NOPERM no permissions to run the '$2' command",
  },
  {
    pattern: /^NOPERM this user has no permissions to access one of the (key|channel)s used as arguments$/,
    replacement: 'NOPERM no permissions to access a key or channel',
  },
  {
    pattern: /^NOPERM No permissions to access a (key|channel)$/,
    replacement: 'NOPERM no permissions to access a key or channel',
  },
  {
    pattern: /^ERR (The user executing the script can't run this command.*|ACL failure in script: .*)$/,
    replacement: 'ERR ACL failure in script',
  },
  { pattern: /(This user|User \S+) has no permissions/, replacement: 'no permissions' },
  {
    pattern: /^ERR Unbalanced '?(XREAD|XREADGROUP|xread|xreadgroup)'? list of streams: .*$/,
    replacement: 'ERR Unbalanced list of streams',
  },
  {
    pattern: /^ERR (could not decode requested zset member|member .* does not exist)$/,
    replacement: 'ERR no such member',
  },
  { pattern: /^ERR timeout is (negative|out of range)$/, replacement: 'ERR bad timeout' },
  { pattern: /HELLO( <proto>)? AUTH <user> <pass>/, replacement: 'HELLO AUTH <user> <pass>' },
  {
    pattern: /^ERR This( Redis)? instance is not configured to use an ACL file\..*$/,
    replacement: 'ERR no ACL file',
  },
  {
    pattern: /^ERR (Unexpected engine in script shebang: .*|Could not find scripting engine .*)$/,
    replacement: 'ERR unknown script engine',
  },
  {
    pattern: /^ERR unknown command '.*', with args beginning with:.*$/,
    replacement: 'ERR unknown command',
  },
  {
    pattern: /^ERR invalid expire time(, must be >= 0| in '[^']*' command)$/,
    replacement: 'ERR invalid expire time',
  },
  {
    pattern:
      /^ERR .*denied in [Cc]luster mode( when keys formed by the pattern may be in different slots)?\.$/,
    replacement: 'ERR pattern denied in cluster mode',
  },
];

/** Longer texts are compared as they are: no server writes such errors, and patterns must stay cheap. */
const LONGEST_TEXT = 2048;

/** The text by which errors of different servers are compared. `text` is without the leading '-'. */
export function normaliseErrorText(text: string): string {
  if (text.length > LONGEST_TEXT) return text;
  let normal = text.trimEnd();
  for (const rule of errorTextRules) normal = normal.replace(rule.pattern, rule.replacement);
  return normal;
}
