import { cpSync, mkdirSync, rmSync, symlinkSync } from 'node:fs';
import { basename, join, resolve } from 'node:path';

export const rootDir = resolve(import.meta.dirname, '../../..');
export const RUNTIME = 'packages/task-runtime';
const TESTING = 'tools/task-testing';
/** Tests that compare the sources with documents: a mutant changes none of these. */
const NOT_COPIED = /node_modules|guards-document\.test\.ts|task-states\.test\.ts|testing-handlers\.test\.ts/;

/** Copies both packages side by side; each copy imports the other one, and the other workspaces as they are. */
export function copyPackages(directory: string): void {
  rmSync(directory, { recursive: true, force: true });
  const linkDir = join(directory, 'node_modules/@waybill');
  mkdirSync(linkDir, { recursive: true });
  for (const workspace of [RUNTIME, TESTING]) {
    cpSync(join(rootDir, workspace), join(directory, workspace), {
      recursive: true,
      filter: (path) => !NOT_COPIED.test(path),
    });
    symlinkSync(join(directory, workspace), join(linkDir, basename(workspace)));
  }
  // Some tests hold documents and the index file to what the runtime does.
  for (const name of ['docs', 'firestore.indexes.json'])
    symlinkSync(join(rootDir, name), join(directory, name));
}
