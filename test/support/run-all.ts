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
}

/** The part of vitest's JSON report that is read here. */
interface Report {
  readonly numPassedTests: number;
  readonly numFailedTests: number;
  readonly numPendingTests: number;
  readonly numTodoTests: number;
  readonly testResults: readonly {
    readonly status: string;
    readonly assertionResults: readonly { status: string }[];
  }[];
}

const root = path.resolve(import.meta.dirname, '../..');
const vitest = path.join(root, 'node_modules/vitest/vitest.mjs');
const socketTests = ['test/unit/transport', 'test/unit/upstream', 'test/unit/gateway', 'test/conformance'];
socketTests.push('test/differential', 'test/e2e', 'test/fault', 'test/unit/support/gateway.test.ts');

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
  const counts = fs.existsSync(reportFile) ? readReport(reportFile) : { passed: 0, failed: 0, skipped: 0 };
  // Errors outside tests, and a run that broke off, are failures as well.
  if (code !== 0 && counts.failed === 0) counts.failed = 1;
  return counts;
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
  const total: Counts = { passed: 0, failed: 0, skipped: 0 };
  for (const [transport, filters] of passes) {
    const counts = await runPass(transport, filters);
    total.passed += counts.passed;
    total.failed += counts.failed;
    total.skipped += counts.skipped;
  }
  const skipped = total.skipped > 0 ? `, ${total.skipped} skipped` : '';
  console.log(`\n${total.passed} passed, ${total.failed} failed${skipped}`);
  process.exitCode = total.failed > 0 ? 1 : 0;
}

await main(process.argv.slice(2));
