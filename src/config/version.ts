/** The version of this build, from package.json. Main thread. */
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { packageFolder } from '../base/package-folder.ts';

function readVersion(): string {
  const text = readFileSync(path.join(packageFolder, 'package.json'), 'utf8');
  return (JSON.parse(text) as { version: string }).version;
}

export const VERSION: string = readVersion();
