import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import type { SourceFile } from './source-file.ts';

/** Thrown for a file that the formatter refuses. */
class FormatError extends Error {
  override readonly name = 'FormatError';
  readonly code = 'SOURCE_NOT_FORMATTED';
}

/**
 * Formats files by the repository's formatter, so that generated files pass the check.
 * @throws {FormatError} if the formatter cannot read one of them
 */
export function formatSources(rootDir: string, files: readonly SourceFile[]): SourceFile[] {
  const biome = join(rootDir, 'node_modules/.bin/biome');
  return files.map(({ path, text }) => {
    if (!/\.(ts|json)$/.test(path)) return { path, text };
    const args = ['check', '--write', `--stdin-file-path=${path}`];
    const { status, stdout, stderr, error } = spawnSync(biome, args, {
      cwd: rootDir,
      input: text,
      encoding: 'utf8',
      timeout: 60_000,
    });
    if (error !== undefined || status !== 0) {
      const reason = error === undefined ? stderr.trim() : `${biome} cannot be run (run npm ci)`;
      throw new FormatError(`${path} cannot be formatted: ${reason}`, { cause: error });
    }
    return { path, text: stdout };
  });
}
