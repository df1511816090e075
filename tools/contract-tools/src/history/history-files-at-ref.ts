import { execFileSync } from 'node:child_process';
import { HISTORY_FOLDER } from './contract-history.ts';
import type { HistoryFile } from './history-files.ts';

/** Thrown for a git ref that cannot be read. A comparison with nothing would pass everything. */
export class GitRefError extends Error {
  override readonly name = 'GitRefError';
}

/**
 * Reads the history's files at a commit of the repository.
 * @param ref a branch, a tag or a commit: `origin/main`
 * @throws {GitRefError} if there is no such commit in this clone
 */
export function historyFilesAtRef(rootDir: string, ref: string): HistoryFile[] {
  const git = (...args: string[]): string =>
    execFileSync('git', args, {
      cwd: rootDir,
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'pipe'],
      maxBuffer: 2 ** 28,
      timeout: 60_000,
    });
  let commit: string;
  try {
    commit = git('rev-parse', '--verify', '--quiet', '--end-of-options', `${ref}^{commit}`).trim();
  } catch (error) {
    throw new GitRefError(
      `There is no commit "${ref}" in this clone. Fetch it (a shallow clone may lack it: git fetch --unshallow), or name another with --against`,
      { cause: error },
    );
  }
  const listed = git('ls-tree', '-r', '--name-only', '--full-tree', commit, '--', HISTORY_FOLDER);
  return listed
    .split('\n')
    .filter((path) => path.endsWith('.json'))
    .map((path) => ({ path, text: git('show', `${commit}:${path}`) }));
}
