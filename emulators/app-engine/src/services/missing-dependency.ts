import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';

/** The first of a package.json's dependencies that no node_modules folder from there upwards holds; undefined: none. */
export function missingDependency(folder: string): string | undefined {
  // Yarn's Plug'n'Play has no node_modules.
  if (foldersFrom(folder).some((one) => existsSync(join(one, '.pnp.cjs')))) return undefined;
  return dependenciesOf(folder).find(
    (name) => !foldersFrom(folder).some((one) => existsSync(join(one, 'node_modules', name))),
  );
}

function dependenciesOf(folder: string): readonly string[] {
  try {
    const text = readFileSync(join(folder, 'package.json'), 'utf8');
    const { dependencies } = JSON.parse(text) as { dependencies?: Record<string, unknown> };
    return Object.keys(dependencies ?? {});
  } catch {
    return [];
  }
}

function foldersFrom(folder: string): readonly string[] {
  const parent = dirname(folder);
  return parent === folder ? [folder] : [folder, ...foldersFrom(parent)];
}
