/**
 * Compiles the native transport into native/build/transport.node. Run by `npm install`.
 * It never fails the installation: without a compiler or on another system than Linux, sockets go through node:net,
 * and one line says so. Skips the work when sources, flags and machine are the same as last time.
 */

import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

const folder = path.dirname(fileURLToPath(import.meta.url));
const buildFolder = path.join(folder, 'build');
const addonPath = path.join(buildFolder, 'transport.node');
const stampPath = path.join(buildFolder, 'transport.stamp');
const flags = ['-std=c11', '-O2', '-Wall', '-Wextra', '-shared', '-fPIC', '-fvisibility=hidden'];

function headerFolders() {
  const folders = [];
  try {
    folders.push(createRequire(import.meta.url)('node-api-headers').include_dir);
  } catch {
    // Not installed, as in a production install: the headers that came with Node.js serve as well.
  }
  const prefix = path.dirname(path.dirname(process.execPath));
  const nodeFolder = process.env.npm_config_nodedir ?? process.env.npm_package_config_node_gyp_nodedir;
  if (nodeFolder) folders.push(path.join(nodeFolder, 'include', 'node'), path.join(nodeFolder, 'src'));
  folders.push(path.join(prefix, 'include', 'node'), '/usr/include/node', '/usr/local/include/node');
  return folders.filter((candidate) => existsSync(path.join(candidate, 'node_api.h')));
}

function sources() {
  return readdirSync(folder)
    .filter((name) => name.endsWith('.c') || name.endsWith('.h'))
    .sort();
}

function stampOf() {
  const hash = createHash('sha256');
  hash.update(JSON.stringify([flags, process.platform, process.arch, process.env.CC ?? '']));
  for (const name of sources()) hash.update(`${name}\0`).update(readFileSync(path.join(folder, name)));
  return hash.digest('hex');
}

function isUpToDate(stamp) {
  if (!existsSync(addonPath) || !existsSync(stampPath)) return false;
  return readFileSync(stampPath, 'utf8').trim() === stamp;
}

/** Answers undefined when the addon is in place, else why it is not. */
function compile(stamp) {
  const headers = headerFolders()[0];
  if (headers === undefined) return 'the Node-API headers were not found';
  mkdirSync(buildFolder, { recursive: true });
  // A running process may have the old file mapped, so the new one takes its place in one step.
  const temporary = path.join(buildFolder, `transport.${process.pid}.tmp`);
  const files = sources().filter((name) => name.endsWith('.c'));
  const inputs = files.map((name) => path.join(folder, name));
  const compilers = process.env.CC ? [process.env.CC] : ['cc', 'gcc', 'clang'];
  let reason = `no C compiler was found (tried ${compilers.join(', ')})`;
  for (const compiler of compilers) {
    const [command, ...words] = compiler.split(/\s+/).filter(Boolean);
    const result = spawnSync(command, [...words, ...flags, `-I${headers}`, '-o', temporary, ...inputs], {
      encoding: 'utf8',
    });
    if (result.error) continue;
    if (result.status === 0) {
      renameSync(temporary, addonPath);
      writeFileSync(stampPath, `${stamp}\n`);
      return undefined;
    }
    rmSync(temporary, { force: true });
    if (process.env.LOCKSTEP_BUILD_VERBOSE) console.error(result.stderr);
    const firstError = result.stderr.split('\n').find((line) => line.includes('error')) ?? '';
    reason = `${command} failed: ${firstError.trim()}`;
  }
  return reason;
}

/** The addon has to load as well as compile: another libc or architecture shows only here. */
function loadFailure() {
  try {
    createRequire(import.meta.url)(addonPath);
    return undefined;
  } catch (error) {
    return `the addon does not load: ${error instanceof Error ? error.message.split('\n')[0] : error}`;
  }
}

function build() {
  if (process.platform !== 'linux') return `it needs Linux, this is ${process.platform}`;
  const stamp = stampOf();
  if (isUpToDate(stamp) && loadFailure() === undefined) return undefined;
  // A file from older sources must not be loaded by newer JavaScript.
  rmSync(addonPath, { force: true });
  const failure = compile(stamp) ?? loadFailure();
  if (failure !== undefined) rmSync(addonPath, { force: true });
  return failure;
}

let failure;
try {
  failure = build();
} catch (error) {
  failure = error instanceof Error ? error.message : String(error);
}
if (failure === undefined) console.log('lockstep: sockets will use the native transport');
else console.log(`lockstep: sockets will use node:net, not the native transport: ${failure}`);
