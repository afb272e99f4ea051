/** Why a rule of a user is none, in the servers' words. As valkey 8.0 `ACLSetUserStringError`. Data. */
export type RuleError =
  | 'syntax'
  | 'unknown'
  | 'after-all-keys'
  | 'after-all-channels'
  | 'no-such-password'
  | 'bad-hash'
  | 'bad-database'
  | 'first-argument';

function afterAll(flag: string, undo: string, list: string): string {
  return (
    `Adding a pattern after the * pattern (or the '${flag}' flag) is not valid and does not have any effect. ` +
    `Try '${undo}' to start with an empty list of ${list}`
  );
}

const TEXTS: Readonly<Record<RuleError, string>> = {
  syntax: 'Syntax error',
  unknown: 'Unknown command or category name in ACL',
  'after-all-keys': afterAll('allkeys', 'resetkeys', 'patterns'),
  'after-all-channels': afterAll('allchannels', 'resetchannels', 'channels'),
  'no-such-password': 'The password you are trying to remove from the user does not exist',
  'bad-hash':
    'The password hash must be exactly 64 characters and contain only lowercase hexadecimal characters',
  'bad-database': 'The provided database ID is out of range',
  'first-argument': 'Allowing first-arg of a subcommand is not supported',
};

export function ruleErrorText(error: RuleError): string {
  return TEXTS[error];
}
