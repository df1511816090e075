import { globSync } from 'node:fs';
import { join } from 'node:path';
import type { Workspace } from './workspaces.ts';

/** Workspaces that measure and need no test. */
const WITHOUT_TESTS: readonly string[] = ['bench'];

/**
 * Finds workspaces that `npm test` would pass over.
 * @returns a line for each, with the remedy
 */
export function untestedWorkspaces(
  rootDir: string,
  workspaces: readonly Pick<Workspace, 'folder' | 'scripts'>[],
): string[] {
  return workspaces
    .filter(({ folder }) => !WITHOUT_TESTS.includes(folder))
    .flatMap(({ folder, scripts }) => {
      if (!/\bmocha\b/.test(scripts['test'] ?? '')) {
        return [`${folder} has no mocha test script: add "test" to the scripts of its package.json`];
      }
      // As .mocharc.cjs finds them.
      const tests = globSync('{src,test}/**/*.test.ts', { cwd: join(rootDir, folder) });
      return tests.length === 0 ? [`${folder} has no test file: add one named *.test.ts in src or test`] : [];
    });
}
