import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { isTestEntry, type Manifest } from './packed-manifest.ts';
import type { Workspace } from './workspaces.ts';

/** A workspace that a package carries inside it, so that one tarball is enough. */
export interface CarriedWorkspace {
  readonly name: string;
  readonly folder: string;
  /** Where its compiled files are, from the package's folder. */
  readonly carriedFolder: string;
}

/** Lists the workspaces that another one needs at runtime, directly or through others. */
export function carriedWorkspaces(
  workspace: Workspace,
  workspaces: readonly Workspace[],
): CarriedWorkspace[] {
  const byName = new Map(workspaces.map((each) => [each.name, each]));
  const found = new Map<string, CarriedWorkspace>();
  const visit = ({ dependencies }: Workspace): void => {
    for (const dependency of Object.keys(dependencies)) {
      const needed = byName.get(dependency);
      if (needed === undefined || found.has(dependency)) continue;
      const { name, folder, folderName } = needed;
      found.set(name, { name, folder, carriedFolder: `workspaces/${folderName}` });
      visit(needed);
    }
  };
  visit(workspace);
  return [...found.values()];
}

/**
 * Makes the dependencies of a package that carries workspaces: those of its own and of all carried ones, without the
 * carried ones themselves.
 * @throws {Error} when two of them need different versions of a package
 */
export function dependenciesWithCarried(own: Manifest, carried: readonly Manifest[]): Record<string, string> {
  const inside = new Set(carried.map(({ name }) => name));
  const merged: Record<string, string> = {};
  for (const { name, dependencies = {} } of [own, ...carried]) {
    for (const [dependency, version] of Object.entries(dependencies as Record<string, string>)) {
      if (inside.has(dependency)) continue;
      if ((merged[dependency] ?? version) !== version) {
        throw new Error(
          `${own.name}: ${name} needs ${dependency} ${version}, another carried workspace ${merged[dependency]}. Use one version`,
        );
      }
      merged[dependency] = version;
    }
  }
  return Object.fromEntries(Object.entries(merged).toSorted(([a], [b]) => (a < b ? -1 : 1)));
}

/**
 * Replaces each import of a carried workspace, in JavaScript and in declarations, by the path of the compiled file: no
 * package manager then looks for it.
 * @param files compiled entries by what imports name, such as `@waybill/emulator-kit`, from the package's folder
 */
export function rewriteCarriedImports(packageDir: string, files: ReadonlyMap<string, string>): void {
  const names = [...files.keys()].toSorted((a, b) => b.length - a.length).map(escaped);
  if (names.length === 0) return;
  // `from 'x'`, `import 'x'`, `import('x')` and the module name of a declaration.
  const specifier = new RegExp(`(\\b(?:from|import|module)\\s*\\(?\\s*)(['"])(${names.join('|')})\\2`, 'g');
  for (const entry of readdirSync(packageDir, { recursive: true, encoding: 'utf8' })) {
    if (!/\.(js|d\.ts)$/.test(entry)) continue;
    const file = join(packageDir, entry);
    const text = readFileSync(file, 'utf8');
    const rewritten = text.replace(specifier, (_match, before: string, quote: string, name: string) => {
      const path = relative(dirname(file), join(packageDir, files.get(name) ?? ''));
      return `${before}${quote}${path.startsWith('.') ? path : `./${path}`}${quote}`;
    });
    if (rewritten !== text) writeFileSync(file, rewritten);
  }
}

/** The compiled entries of a carried workspace, by what imports name. */
export function carriedEntries({ carriedFolder }: CarriedWorkspace, manifest: Manifest): [string, string][] {
  return Object.entries(manifest.exports ?? {})
    .filter(([, source]) => !isTestEntry(source))
    .map(([path, source]) => [
      `${manifest.name}${path.slice(1)}`,
      `${carriedFolder}/${source.replace('./src/', '').replace(/\.ts$/, '.js')}`,
    ]);
}

function escaped(name: string): string {
  return name.replace(/[.*+?^${}()|[\]\\/]/g, '\\$&');
}
