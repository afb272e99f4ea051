/** Where this package is. Any thread, once when it loads. */
import { existsSync } from 'node:fs';
import path from 'node:path';

function findPackageFolder(): string {
  let folder = import.meta.dirname;
  while (!existsSync(path.join(folder, 'package.json'))) {
    const parent = path.dirname(folder);
    if (parent === folder) throw new Error(`no package.json above ${import.meta.dirname}`);
    folder = parent;
  }
  return folder;
}

/** The folder of package.json. Sources and the files they are bundled into are not equally deep below it. */
export const packageFolder: string = findPackageFolder();
