/**
 * What the Tcl suites of Redis and Valkey, run against gateways from copies outside this repository, have shown: the
 * tests that the server itself passes, and how many of them pass through the gateway in front of it. Kept by hand from
 * whole runs in which one gateway and one server serve all files of a suite; `docs/transparency.md` shows it.
 */

interface SuiteRun {
  readonly mode: string;
  /** Tests passed of Redis 7.0.15's suite on Redis 7.0, of Valkey 8.0.1's on Valkey 8.0; undefined: no whole run. */
  readonly redis: number | undefined;
  readonly valkey: number | undefined;
}

/** Tests of the `standalone` selection (all but those tagged `slow`) that the servers pass themselves. */
const REFERENCE = { redis: 1959, valkey: 2434 };

const RUNS: readonly SuiteRun[] = [
  { mode: 'pinned', redis: 1959, valkey: 2434 },
  { mode: 'pinned, shadow', redis: 1959, valkey: 2434 },
  { mode: 'pooled', redis: 1949, valkey: 2422 },
];

interface RemainingCase {
  readonly tests: string;
  readonly where: string;
  readonly why: string;
}

const REMAINING: readonly RemainingCase[] = [
  {
    tests:
      '`SLOWLOG - logged entry sanity check`, `can clean older entries`, `the commands in script are recorded …`',
    where: 'pooled',
    why: 'An entry names the connection; the name that a client has given itself is not that of a shared one.',
  },
  {
    tests: '`SLOWLOG - Certain commands are omitted that contain sensitive information`, of Valkey',
    where: 'pooled',
    why: '`ACL DELUSER` stands there twice: the gateway asks first whether the client may do it.',
  },
  {
    tests: 'three or four of `MONITOR …`',
    where: 'pooled',
    why: 'MONITOR shows what the gateway says on new shared connections (`HELLO`, `SELECT`), and what it asks.',
  },
  {
    tests: '`LATENCY HISTOGRAM sub commands`',
    where: 'pooled',
    why: 'The server counts the `CLIENT INFO` that the gateway asks for `CLIENT LIST`.',
  },
  {
    tests: '`client input output and command process statistics`',
    where: 'pooled',
    why: '`tot-cmds` of a client counts its commands, not those that its scripts run.',
  },
  {
    tests: '`verify reply buffer limits`',
    where: 'pooled',
    why: '`rbs` is about the reply buffer of a connection of the server, which many clients share.',
  },
  {
    tests: '`MULTI and script timeout`',
    where: 'pooled, now and then',
    why:
      'While a script keeps the server busy, it lets nobody choose a database on a new connection. A client whose ' +
      '`MULTI` needs one is refused with `BUSY` at once rather than at its next command.',
  },
  {
    tests:
      'some of `Blocking XREAD…: …`, `BRPOPLPUSH with multiple blocked clients`, ' +
      '`BRPOPLPUSH does not affect WATCH while still blocked`',
    where: 'pooled, or several workers',
    why:
      'One client blocks and another writes without waiting for it to be blocked. See "Who comes first": with one ' +
      'worker and pinned sessions all of them pass.',
  },
];

/**
 * Tests of the `cluster` selection before a cluster of one node, at a listener with `face: cluster`: what the page
 * says of them.
 */
const BEFORE_CLUSTER = { redisPooled: 1885, valkeyPinned: 2344, redis: 1892, valkey: 2360 };

/** What fails there beside what fails with `pooled` above: most commands of pinned clients share connections, too. */
const BEFORE_CLUSTER_ALONE: readonly string[] = [
  '`publish to self inside multi`: messages come on another connection than the reply to `EXEC`, and may come first.',
  '`unsubscribe inside multi, and publish to self`: subscriptions cannot be part of a transaction.',
  '`Able to redirect to a RESP3 client`: a connection that has subscribed in RESP2 stays as it is after `HELLO 3`.',
];

/** What nodes that are several do to tests that were written for one. */
const SEVERAL_NODES: readonly string[] = [
  'Tests that read the stream of a replica: there is one for each node, and `SYNC` is refused.',
  '`DEBUG` questions about a key: they go to some node.',
  '`… and script timeout`: a script without keys keeps one node busy, a transaction runs on the node of its keys. ' +
    '`EXEC and script timeout` ends there before it kills the script, so those behind it hear `BUSY`.',
  'Transactions with `CONFIG SET` or `SAVE`, which concern all nodes.',
];

function beforeCluster(): string[] {
  const { redisPooled, valkeyPinned, redis, valkey } = BEFORE_CLUSTER;
  return [
    'Before a cluster of one node, at a listener with `face: cluster`, of the tests that such a node passes by itself:',
    `pooled ${share(redisPooled, redis)} of Redis 7.0.15, pinned ${share(valkeyPinned, valkey)} of Valkey 8.0.1,`,
    'in one run each; but `unit/tracking`, in which that run had shown a defect, counts as it was played again by',
    'itself when the defect was mended. What fails is what fails with `pooled` above, and:',
    '',
    ...BEFORE_CLUSTER_ALONE.map((line) => `- ${line}`),
    '',
    'With several nodes some tests ask for what there is one of in a server:',
    '',
    ...SEVERAL_NODES.map((line) => `- ${line}`),
    '',
  ];
}

function share(passed: number | undefined, of: number): string {
  if (passed === undefined) return 'not run as a whole';
  return `${passed} of ${of} (${((100 * passed) / of).toFixed(1)} %)`;
}

/** The section of the page. */
export function tclSuites(): string {
  const runs = RUNS.map(
    ({ mode, redis, valkey }) =>
      `| ${mode} | ${share(redis, REFERENCE.redis)} | ${share(valkey, REFERENCE.valkey)} |`,
  );
  const remaining = REMAINING.map(({ tests, where, why }) => `| ${tests} | ${where} | ${why} |`);
  return [
    '## The suites of the servers',
    '',
    'The Tcl suites of Redis and Valkey through the gateway, run from copies outside the repository. Counted are the',
    'tests that the server itself passes when it is tested as an external server, without those tagged `slow`.',
    '',
    '| Mode | Redis 7.0.15 on Redis 7.0 | Valkey 8.0.1 on Valkey 8.0 |',
    '| --- | --- | --- |',
    ...runs,
    '',
    'What does not pass, and why:',
    '',
    '| Tests | Where | Why |',
    '| --- | --- | --- |',
    ...remaining,
    '',
    ...beforeCluster(),
  ].join('\n');
}
