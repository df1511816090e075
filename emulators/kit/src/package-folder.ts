import { existsSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

/**
 * Finds the folder of a package whose files are read by path. A packed emulator carries these files in `vendored/`, so
 * that it needs no client library; else the installed package has them.
 * @param from the module, or the path of the file, that asks
 * @throws {Error} when neither is there
 */
export function packageFolder(name: string, from: string): string {
  const start = dirname(from.startsWith('file:') ? fileURLToPath(from) : from);
  return (
    firstAbove(start, (folder) => {
      const vendored = join(folder, 'vendored', name);
      return existsSync(vendored) ? vendored : undefined;
    }) ?? installedFolder(name, from)
  );
}

/** Reads the version of the package that a module belongs to. */
export function packageVersion(from: string): string {
  const version = firstAbove(dirname(fileURLToPath(from)), (folder) => manifestOf(folder)?.version);
  if (version === undefined) throw new Error(`No package.json with a version above ${from}`);
  return version;
}

function installedFolder(name: string, from: string): string {
  const entry = createRequire(from).resolve(name);
  const found = firstAbove(dirname(entry), (folder) =>
    manifestOf(folder)?.name === name ? folder : undefined,
  );
  if (found === undefined) throw new Error(`No package.json of ${name} above ${entry}`);
  return found;
}

function firstAbove<T>(start: string, find: (folder: string) => T | undefined): T | undefined {
  for (let folder = start; ; folder = dirname(folder)) {
    const found = find(folder);
    if (found !== undefined) return found;
    if (dirname(folder) === folder) return undefined;
  }
}

function manifestOf(folder: string): { name?: string; version?: string } | undefined {
  const file = join(folder, 'package.json');
  return existsSync(file) ? JSON.parse(readFileSync(file, 'utf8')) : undefined;
}
