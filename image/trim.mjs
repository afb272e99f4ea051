/**
 * Takes out of a folder of packages what a program that runs never reads: types, source maps, tests, documents. Licences
 * stay. Used while the image is built: node trim.mjs node_modules.
 */
import { readdirSync, rmdirSync, rmSync } from 'node:fs';
import path from 'node:path';

const idleFile = /\.([cm]?tsx?|map|markdown|md|flow)$/i;
const idleFolder = /^(__tests__|benchmarks?|docs?|examples?|tests?|\.github)$/;
const licence = /^(licen[cs]e|copying|notice)/i;

/** `isPackage` says that the folder is the root of a package: only there do names of folders tell what is in them. */
function trim(folder, isPackage) {
  for (const entry of readdirSync(folder, { withFileTypes: true })) {
    const file = path.join(folder, entry.name);
    if (!entry.isDirectory()) {
      if (idleFile.test(entry.name) && !licence.test(entry.name)) rmSync(file);
    } else if (isPackage && idleFolder.test(entry.name)) {
      rmSync(file, { recursive: true });
    } else {
      trim(file, isRootOfPackage(folder, entry.name));
      if (readdirSync(file).length === 0) rmdirSync(file);
    }
  }
}

function isRootOfPackage(folder, name) {
  const parent = path.basename(folder);
  if (parent === 'node_modules') return !name.startsWith('@') && !name.startsWith('.');
  return parent.startsWith('@') && path.basename(path.dirname(folder)) === 'node_modules';
}

trim(path.resolve(process.argv[2]), false);
