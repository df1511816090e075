import { mkdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { SourceFile } from './source-file.ts';

/**
 * Writes files into the repository: all or none. Each is written beside its place first, so that a full disk or a read-only
 * folder causes an error before anything is changed.
 */
export function writeFiles(rootDir: string, files: readonly SourceFile[]): void {
  const prepared: { from: string; to: string }[] = [];
  try {
    for (const { path, text } of files) {
      const to = join(rootDir, path);
      const from = `${to}.new`;
      mkdirSync(dirname(to), { recursive: true });
      prepared.push({ from, to });
      writeFileSync(from, text);
    }
  } catch (error) {
    for (const { from } of prepared) rmSync(from, { force: true });
    throw error;
  }
  for (const { from, to } of prepared) renameSync(from, to);
}
