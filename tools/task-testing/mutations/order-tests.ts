import { basename } from 'node:path';
import type { TestFile } from './test-run.ts';

/** Test files of one mutant: those that evaluate its guard, the likely finder first, and all others. */
export interface OrderedTests {
  readonly reaching: readonly string[];
  readonly others: readonly string[];
}

/**
 * Orders test files for a mutant. First comes the file that found it in the last run, then the test of the mutated
 * source file, then the quickest. A file that never evaluates the guard can find nothing, but is kept for the end:
 * another run may reach another guard.
 */
export function orderTests(
  files: readonly TestFile[],
  { index, sourceFile, lastFinder }: { index: number; sourceFile: string; lastFinder: string | undefined },
): OrderedTests {
  const ownTest = basename(sourceFile).replace(/\.ts$/, '.test.ts');
  const rankOf = ({ file }: TestFile) => (file === lastFinder ? 0 : basename(file) === ownTest ? 1 : 2);
  const ordered = files.toSorted((a, b) => rankOf(a) - rankOf(b) || a.durationMs - b.durationMs);
  const reaches = ({ reached }: TestFile) => reached.includes(index);
  return {
    reaching: ordered.filter(reaches).map(({ file }) => file),
    others: ordered.filter((file) => !reaches(file)).map(({ file }) => file),
  };
}
