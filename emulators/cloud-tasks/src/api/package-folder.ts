import { existsSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';

/** The folder of an installed package that doesn't export its package.json. */
export function packageFolder(name: string, from: string): string {
  let folder = dirname(createRequire(from).resolve(name));
  while (!existsSync(join(folder, 'package.json')) || packageName(folder) !== name) {
    const parent = dirname(folder);
    if (parent === folder) throw new Error(`No package.json of ${name} above ${folder}`);
    folder = parent;
  }
  return folder;
}

function packageName(folder: string): unknown {
  return (JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')) as { name?: unknown }).name;
}
