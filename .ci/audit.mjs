/**
 * Says what is known against the packages that Lockstep runs with: `npm audit` without development dependencies. It
 * needs a registry that answers questions about advisories, and says so where none does. New advisories appear without
 * any change here, so they are told and fail nothing; `--strict`, for releases, fails for those of level high and
 * critical, and where nothing could be learnt.
 */
import { spawnSync } from 'node:child_process';

const TIMEOUT_MS = 60_000;
const GRAVE = ['high', 'critical'];

/** What npm says, or why nothing is known. */
function audit() {
  const args = ['audit', '--omit=dev', '--json', '--fetch-retries=0', `--fetch-timeout=${TIMEOUT_MS / 2}`];
  const { stdout, error } = spawnSync('npm', args, { encoding: 'utf8', timeout: TIMEOUT_MS });
  if (error !== undefined) return { problem: error.code ?? error.message };
  try {
    const report = JSON.parse(stdout);
    if (report.vulnerabilities !== undefined) return { found: Object.values(report.vulnerabilities) };
    // The first line says what happened; the rest may name the registry.
    return { problem: `the registry answers ${report.statusCode ?? report.error?.code ?? 'nothing of use'}` };
  } catch {
    return { problem: 'npm answers no JSON' };
  }
}

const { found, problem } = audit();
if (found === undefined) {
  console.log(`NOT MADE: ${problem}. Nothing is known of advisories.`);
} else {
  const grave = found.filter(({ severity }) => GRAVE.includes(severity));
  console.log(`${found.length} packages with advisories, ${grave.length} of them high or critical`);
  for (const { name, severity, range } of found) console.log(`  ${severity}: ${name} ${range}`);
}
const isBad = found?.some(({ severity }) => GRAVE.includes(severity)) ?? true;
if (process.argv.includes('--strict') && isBad) process.exit(1);
