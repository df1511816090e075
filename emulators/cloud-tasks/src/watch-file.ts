import { type FSWatcher, watch } from 'node:fs';
import { basename, dirname } from 'node:path';

/** Editors write a file in several steps; the file is read once they are over. */
const SETTLE_MS = 50;

/**
 * Calls `onChange` after a file was written, replaced or created. Its folder is watched, because many editors replace
 * the file.
 * @returns ends it
 */
export function watchFile(file: string, onChange: () => void): () => void {
  let timer: NodeJS.Timeout | undefined;
  const watcher: FSWatcher = watch(dirname(file), { persistent: false }, (_event, name) => {
    // A mounted ConfigMap changes by a link beside the file, whose name begins with two dots.
    if (name !== null && name !== basename(file) && !name.startsWith('..')) return;
    clearTimeout(timer);
    timer = setTimeout(onChange, SETTLE_MS);
  });
  watcher.on('error', () => watcher.close());
  return () => {
    clearTimeout(timer);
    watcher.close();
  };
}
