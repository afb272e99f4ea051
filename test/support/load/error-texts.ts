/** Which error replies the mixed load provokes on purpose or cannot avoid. Anything else is a finding. */

const expectedErrors: readonly RegExp[] = [
  /^WRONGTYPE Operation against a key holding the wrong kind of value$/,
  /^WRONGTYPE Key is not a valid HyperLogLog string value\.$/,
  /^ERR value is not an integer or out of range$/,
  /^ERR value is not a valid float$/,
  /^ERR hash value is not (an integer|a float)$/,
  /^ERR no such key$/,
  /^ERR index out of range$/,
  /^ERR source and destination objects are the same$/,
  /^ERR One or more scores can't be converted into double$/,
  /^ERR resulting score is not a number \(NaN\)$/,
  /^ERR The XGROUP subcommand requires the key to exist/,
  /^ERR The specified keys must contain string values$/,
  /^BUSYGROUP Consumer Group name already exists$/,
  /^NOGROUP No such (key|consumer group)/,
  /^NOGROUP No such key '.*' or consumer group '.*'/,
  // Redis 7.0, to who waits in XREADGROUP for a key that is deleted (`blocked.c`); later ones say NOGROUP.
  /^UNBLOCKED the stream key no longer exists$/,
  /^ERR value is not an integer or out of range script: /,
  /^WRONGTYPE Operation against a key holding the wrong kind of value script: /,
];

/** Lines `count text` for each error text that no rule expects. */
export function unexpectedErrors(
  errors: ReadonlyMap<string, number>,
  alsoExpected: readonly RegExp[] = [],
): string[] {
  const rules = [...expectedErrors, ...alsoExpected];
  return [...errors]
    .filter(([text]) => !rules.some((rule) => rule.test(text)))
    .map(([text, count]) => `${count} ${text}`);
}
