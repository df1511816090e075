import { execFileSync } from 'node:child_process';
import { HISTORY_FOLDER } from './contract-history.ts';
import type { HistoryFile } from './history-files.ts';

/** Thrown for a git ref that cannot be read. A comparison with nothing would pass everything. */
export class GitRefError extends Error {
  override readonly name = 'GitRefError';
  readonly code = 'GIT_REF_UNKNOWN';
}

/** Runs git in the repository and returns its standard output. */
export function git(rootDir: string, args: readonly string[], input = ''): string {
  return execFileSync('git', args, {
    cwd: rootDir,
    input,
    encoding: 'utf8',
    stdio: ['pipe', 'pipe', 'pipe'],
    maxBuffer: 2 ** 28,
    timeout: 60_000,
  });
}

/** The commit that a ref names; undefined if there is none in this clone. */
export function commitAtRef(rootDir: string, ref: string): string | undefined {
  try {
    return git(rootDir, ['rev-parse', '--verify', '--quiet', '--end-of-options', `${ref}^{commit}`]).trim();
  } catch {
    return undefined;
  }
}

/**
 * Reads the history's files at a commit of the repository.
 * @param ref a branch, a tag or a commit: `origin/main`
 * @throws {GitRefError} if there is no such commit in this clone
 */
export function historyFilesAtRef(rootDir: string, ref: string): HistoryFile[] {
  const commit = commitAtRef(rootDir, ref);
  if (commit === undefined) {
    throw new GitRefError(
      `There is no commit "${ref}" in this clone. Fetch it (a shallow clone may lack it: git fetch --unshallow), or name another with --against`,
    );
  }
  return historyFilesAtCommit(rootDir, commit);
}

/** Reads the history's files at a commit that is known to be there. */
export function historyFilesAtCommit(rootDir: string, commit: string): HistoryFile[] {
  const files = git(rootDir, ['ls-tree', '-r', '-z', commit, '--', HISTORY_FOLDER])
    .split('\0')
    .flatMap((line) => {
      const [, blob, path] = /^\d+ blob (\w+)\t(.+\.json)$/.exec(line) ?? [];
      return blob === undefined || path === undefined ? [] : [{ blob, path }];
    });
  if (files.length === 0) return [];
  const texts = readBlobs(
    rootDir,
    files.map(({ blob }) => blob),
  );
  return files.map(({ path }, index) => ({ path, text: texts[index] ?? '' }));
}

/** Reads blobs by one process: one for each file would take seconds in a large repository. */
function readBlobs(rootDir: string, blobs: readonly string[]): string[] {
  const output = Buffer.from(git(rootDir, ['cat-file', '--batch'], `${blobs.join('\n')}\n`));
  const texts: string[] = [];
  let offset = 0;
  while (texts.length < blobs.length) {
    const endOfHeader = output.indexOf('\n', offset);
    const size = Number(output.subarray(offset, endOfHeader).toString().split(' ')[2]);
    texts.push(output.subarray(endOfHeader + 1, endOfHeader + 1 + size).toString());
    offset = endOfHeader + 1 + size + 1;
  }
  return texts;
}
