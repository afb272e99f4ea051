/**
 * Adds Debian's packages to the bill of materials that npm has made (CycloneDX 1.5), and prints the whole.
 * Used while the image is built: node sbom.mjs npm.cdx.json FOLDER_OF_PACKAGE_FIELDS OS_RELEASE. It reads one file for
 * each Debian package, with fields as `dpkg-deb --field` prints them.
 */
import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';

const [npmFile, packageFolder, releaseFile] = process.argv.slice(2);

/** `Name: value` lines; what continues a field begins with a space, and is left out. */
function fieldsOf(file) {
  const lines = readFileSync(file, 'utf8').split('\n');
  return new Map(lines.filter((line) => /^\S+: /.test(line)).map((line) => line.split(/: (.*)/s)));
}

/** `NAME="value"` lines. */
function releaseOf(file) {
  const lines = readFileSync(file, 'utf8').split('\n');
  return Object.fromEntries(lines.filter(Boolean).map((line) => line.replaceAll('"', '').split(/=(.*)/s)));
}

function componentOf(fields, release) {
  const name = fields.get('Package');
  const version = fields.get('Version');
  const query = `arch=${fields.get('Architecture')}&distro=debian-${release.VERSION_ID}`;
  const purl = `pkg:deb/debian/${encodeURIComponent(name)}@${encodeURIComponent(version)}?${query}`;
  // A source without a name is named as its package is.
  const source = fields.get('Source') ?? name;
  return {
    type: 'library',
    'bom-ref': purl,
    name,
    version,
    purl,
    supplier: { name: fields.get('Maintainer') },
    properties: [{ name: 'debian:source', value: source }],
  };
}

const bill = JSON.parse(readFileSync(npmFile, 'utf8'));
// npm names the whole after the folder it was built in.
bill.metadata.component.name = 'lockstep';
const release = releaseOf(releaseFile);
const system = {
  type: 'operating-system',
  'bom-ref': `debian-${release.VERSION_ID}`,
  name: release.ID,
  version: release.VERSION_ID,
};
const packages = readdirSync(packageFolder)
  .sort()
  .map((file) => componentOf(fieldsOf(path.join(packageFolder, file)), release));
bill.components.push(system, ...packages);
console.log(JSON.stringify(bill, undefined, 2));
