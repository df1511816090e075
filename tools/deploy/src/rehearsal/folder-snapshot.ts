import { chmodSync, lstatSync, readdirSync } from 'node:fs';
import { join, relative } from 'node:path';

/** Takes the right to write away from a folder and all in it. For root that changes nothing; see {@link changesOf}. */
export function makeReadOnly(folder: string): void {
  for (const path of pathsOf(folder)) setWritable(path, false);
}

/** Gives it back, so that the folder can be removed. */
export function makeWritable(folder: string): void {
  // Folders first: what is in one that can't be entered can't be listed.
  setWritable(folder, true);
  for (const entry of readdirSync(folder, { withFileTypes: true })) {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) makeWritable(path);
    else if (!entry.isSymbolicLink()) setWritable(path, true);
  }
}

/** The entries of a folder, each with its size and the time of its last change. */
export function snapshotOf(folder: string): ReadonlyMap<string, string> {
  return new Map(
    pathsOf(folder).map((path) => {
      const { size, mtimeMs, isDirectory } = statsOf(path);
      return [relative(folder, path), isDirectory ? 'folder' : `${size} ${mtimeMs}`];
    }),
  );
}

/** The paths that are new, gone or changed since a snapshot. */
export function changesOf(folder: string, before: ReadonlyMap<string, string>): string[] {
  const after = snapshotOf(folder);
  const paths = new Set([...before.keys(), ...after.keys()]);
  return [...paths].filter((path) => before.get(path) !== after.get(path)).sort();
}

function pathsOf(folder: string): string[] {
  const below = readdirSync(folder, { withFileTypes: true }).flatMap((entry) => {
    const path = join(folder, entry.name);
    return entry.isDirectory() ? pathsOf(path) : [path];
  });
  return [folder, ...below];
}

function statsOf(path: string) {
  const stats = lstatSync(path);
  return { size: stats.size, mtimeMs: stats.mtimeMs, isDirectory: stats.isDirectory() };
}

function setWritable(path: string, writable: boolean): void {
  const stats = lstatSync(path);
  if (stats.isSymbolicLink()) return;
  chmodSync(path, writable ? stats.mode | 0o200 : stats.mode & ~0o222);
}
