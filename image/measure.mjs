/**
 * Measures the image `lockstep` that build.sh has made: its size, and how long it takes from `podman run` to the line that
 * says ready, with everything taken away that it does not need (as root: node image/measure.mjs [RUNS]).
 * A container here has no network of its own and no control groups to be put into, so that it runs on more machines.
 */
import { execFileSync, spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { createInterface } from 'node:readline';

const runs = Number(process.argv[2] ?? 10);
const hard = execFileSync('sh', ['-c', 'ulimit -Hn'], { encoding: 'utf8' }).trim();
const container = [
  ['--runtime', 'runc', 'run', '--rm', '--read-only', '--read-only-tmpfs=false', '--network', 'host'],
  ['--cap-drop', 'all', '--security-opt', 'no-new-privileges', '--no-healthcheck'],
  ['--ulimit', `nofile=${hard}:${hard}`, '--ulimit', 'nproc=4096:4096'],
  ['--env', 'LOCKSTEP_LISTEN=127.0.0.1:0', '--env', 'LOCKSTEP_ADMIN_LISTEN=127.0.0.1:0'],
].flat();

/** Milliseconds of processor time that the first process of a container has taken. */
function processorTime(name) {
  const pid = execFileSync('podman', ['inspect', '--format', '{{.State.Pid}}', name], {
    encoding: 'utf8',
  }).trim();
  const fields = readFileSync(`/proc/${pid}/stat`, 'utf8')
    .replace(/^.*\) /, '')
    .split(' ');
  return (Number(fields[11]) + Number(fields[12])) * 10;
}

/** Starts a container, waits until it is ready, and ends it: times in milliseconds. */
async function startOnce() {
  const name = `lockstep-measured-${process.pid}`;
  const began = performance.now();
  const child = spawn('podman', [...container, '--name', name, 'localhost/lockstep'], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const ended = new Promise((resolve) => child.once('exit', resolve));
  let ready;
  for await (const line of createInterface({ input: child.stdout })) {
    if (ready !== undefined || !line.includes('"msg":"ready"')) continue;
    ready = { wall: performance.now() - began, processor: processorTime(name), ...JSON.parse(line) };
    const health = await fetch(`http://${ready.admin}/healthz`);
    if (!health.ok) throw new Error(`/healthz answered ${health.status}`);
    execFileSync('podman', ['stop', '--time', '30', name], { stdio: 'ignore' });
  }
  const status = await ended;
  if (ready === undefined || status !== 0) throw new Error(`the container ended with ${status}`);
  return ready;
}

const inspected = JSON.parse(execFileSync('podman', ['image', 'inspect', 'localhost/lockstep']))[0];
const compressed = execFileSync(
  'sh',
  ['-c', 'podman save localhost/lockstep 2> /dev/null | gzip -6 | wc -c'],
  {
    encoding: 'utf8',
  },
);
const megabytes = (bytes) => `${(Number(bytes) / 1e6).toFixed(1)} MB`;
console.log(`${inspected.Architecture}: ${megabytes(inspected.Size)}, compressed ${megabytes(compressed)}`);
const started = [];
for (let run = 0; run < runs; run++) started.push(await startOnce());
for (const kind of ['wall', 'processor']) {
  const times = started.map((one) => one[kind]).sort((one, other) => one - other);
  const [least, median, most] = [times[0], times[Math.floor(times.length / 2)], times.at(-1)];
  const shown = `median ${median.toFixed(0)} ms of ${runs} (${least.toFixed(0)} to ${most.toFixed(0)})`;
  console.log(`start-up to ready, ${kind} time: ${shown}`);
}
