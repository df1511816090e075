import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { SourceFile } from '../repository/source-file.ts';

/** Files that Git merges by keeping the lines of both sides (.gitattributes), so that the order of lines may differ. */
const IN_ANY_ORDER: ReadonlySet<string> = new Set(['.github/CODEOWNERS', 'docs/contracts/README.md']);

/** Whether a generated file is in the repository with the given text, or with the same lines where their order is free. */
export function isCurrent(rootDir: string, { path, text }: SourceFile): boolean {
  const file = join(rootDir, path);
  if (!existsSync(file)) return false;
  const present = readFileSync(file, 'utf8');
  if (present === text) return true;
  const sorted = (content: string): string => content.split('\n').sort().join('\n');
  return IN_ANY_ORDER.has(path) && sorted(present) === sorted(text);
}
