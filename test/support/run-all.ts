/**
 * What `npm test` runs after the build: every test with the native transport, then those that meet sockets once more
 * with the node transport. Ends with one line, `N passed, N failed`, over both. With arguments (paths of tests, or
 * options of vitest) it runs only what they select, on the transport LOCKSTEP_TEST_TRANSPORT names.
 */
import { spawn } from 'node:child_process';
import * as fs from 'node:fs';
import * as path from 'node:path';

interface Counts {
  passed: number;
  failed: number;
  skipped: number;
  /** What failed, for the end of the output: logs are often kept from their end. */
  failures: string[];
}

/** The part of vitest's JSON report that is read here. */
interface Report {
  readonly numPassedTests: number;
  readonly numFailedTests: number;
  readonly numPendingTests: number;
  readonly numTodoTests: number;
  readonly testResults: readonly {
    readonly name: string;
    readonly status: string;
    readonly message: string;
    readonly assertionResults: readonly Assertion[];
  }[];
}

interface Assertion {
  readonly status: string;
  readonly fullName: string;
  readonly duration?: number | null;
  readonly failureMessages?: readonly string[] | null;
}

const root = path.resolve(import.meta.dirname, '../..');
const vitest = path.join(root, 'node_modules/vitest/vitest.mjs');
/** Tests whose outcome may depend on the transport. What compares replies or engines does not. */
const socketTests = [
  'test/unit/transport',
  'test/unit/upstream',
  'test/unit/gateway',
  'test/e2e',
  'test/fault',
  'test/conformance/conformance.test.ts',
  'test/unit/support/gateway.test.ts',
];

async function runPass(transport: string, args: readonly string[]): Promise<Counts> {
  console.log(`\n== transport ${transport}${args.length > 0 ? `: ${args.join(' ')}` : ''}`);
  const reportFile = path.join(root, '.cache/test', `${transport}.json`);
  fs.rmSync(reportFile, { force: true });
  const reporters = ['--reporter=default', '--reporter=json', `--outputFile.json=${reportFile}`];
  const child = spawn(process.execPath, [vitest, 'run', '--passWithNoTests', ...reporters, ...args], {
    cwd: root,
    stdio: ['ignore', 'inherit', 'inherit'],
    env: { ...process.env, LOCKSTEP_TEST_TRANSPORT: transport },
  });
  const code = await new Promise<number>((resolve) => child.once('close', (status) => resolve(status ?? 1)));
  const counts = fs.existsSync(reportFile) ? readReport(reportFile) : nothing();
  // Errors outside tests, and a run that broke off, are failures as well.
  if (code !== 0 && counts.failed === 0) {
    counts.failed = 1;
    counts.failures.push(`an error outside tests: vitest ended with ${code}`);
  }
  counts.failures = counts.failures.map((failure) => `${transport}: ${failure}`);
  return counts;
}

function nothing(): Counts {
  return { passed: 0, failed: 0, skipped: 0, failures: [] };
}

function describeFailures({ testResults }: Report): string[] {
  const failures: string[] = [];
  for (const { name, status, message, assertionResults } of testResults) {
    const file = path.relative(root, name);
    const failed = assertionResults.filter((test) => test.status === 'failed');
    for (const { fullName, duration, failureMessages } of failed) {
      const reason = firstLines(failureMessages?.[0] ?? '');
      failures.push(`${file} > ${fullName} (${Math.round(duration ?? 0)} ms)\n${reason}`);
    }
    if (status === 'failed' && failed.length === 0) failures.push(`${file}\n${firstLines(message)}`);
  }
  return failures;
}

function firstLines(text: string): string {
  const lines = text.split('\n').filter((line) => !line.includes('/node_modules/'));
  return lines
    .slice(0, 12)
    .map((line) => `    ${line.slice(0, 300)}`)
    .join('\n');
}

function readReport(file: string): Counts {
  const report = JSON.parse(fs.readFileSync(file, 'utf8')) as Report;
  const unloaded = report.testResults.filter(
    ({ status, assertionResults }) =>
      status === 'failed' && !assertionResults.some((test) => test.status === 'failed'),
  );
  return {
    passed: report.numPassedTests,
    failed: report.numFailedTests + unloaded.length,
    skipped: report.numPendingTests + report.numTodoTests,
    failures: describeFailures(report),
  };
}

async function main(args: readonly string[]): Promise<void> {
  const passes: [string, readonly string[]][] = [];
  if (args.length > 0) {
    passes.push([process.env.LOCKSTEP_TEST_TRANSPORT ?? 'native', args]);
  } else {
    const existing = socketTests.filter((folder) => fs.existsSync(path.join(root, folder)));
    passes.push(['native', []], ['node', existing]);
  }
  const total = nothing();
  for (const [transport, filters] of passes) {
    const counts = await runPass(transport, filters);
    total.passed += counts.passed;
    total.failed += counts.failed;
    total.skipped += counts.skipped;
    total.failures.push(...counts.failures);
  }
  for (const failure of total.failures) console.log(`\nFAILED ${failure}`);
  const skipped = total.skipped > 0 ? `, ${total.skipped} skipped` : '';
  console.log(`\n${total.passed} passed, ${total.failed} failed${skipped}`);
  process.exitCode = total.failed > 0 ? 1 : 0;
}

await main(process.argv.slice(2));
