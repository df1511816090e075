import { readFileSync } from 'node:fs';
import { join, matchesGlob } from 'node:path';

/** Folders whose workspaces may import any other: commands, flows and benchmarks are never deployed. */
const FREE_FOLDERS = ['tools/*', 'test', 'bench', 'scripts'];

interface Override {
  readonly includes: readonly string[];
  readonly linter?: {
    readonly rules: {
      readonly style?: {
        readonly noRestrictedImports?: {
          readonly options: { readonly patterns: readonly { readonly group: readonly string[] }[] };
        };
      };
    };
  };
}

/**
 * Reads the direction of imports from biome.json, its one source: the `noRestrictedImports` override of a folder.
 * @returns the workspaces that a folder's production files may import; `any` for a free folder, undefined without a rule
 */
export function readImportRules(
  rootDir: string,
): (folder: string) => ReadonlySet<string> | 'any' | undefined {
  const { overrides } = JSON.parse(readFileSync(join(rootDir, 'biome.json'), 'utf8')) as {
    overrides: Override[];
  };
  return (folder) => {
    if (FREE_FOLDERS.some((pattern) => matchesGlob(folder, pattern))) return 'any';
    const group = overrides
      .filter(({ includes }) => includes.some((glob) => matchesGlob(`${folder}/src/index.ts`, glob)))
      .flatMap(({ linter }) => linter?.rules.style?.noRestrictedImports?.options.patterns ?? [])
      .at(-1)?.group;
    return group && new Set(group.filter((name) => /^!@[^*]+$/.test(name)).map((name) => name.slice(1)));
  };
}
