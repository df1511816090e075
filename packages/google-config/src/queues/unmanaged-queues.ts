import type { YamlPath } from '../yaml/yaml-file.ts';
import { describeValue } from './describe-value.ts';
import type { QueueDocument } from './queue-document.ts';

/** A queue's name, or the beginning of names and `*`. */
const UNMANAGED_ENTRY = /^[A-Za-z0-9-]{1,100}\*?$|^\*$/;

/** Reads the list `unmanaged`. Entries that are wrong are noted and left out. */
export function readUnmanaged(document: QueueDocument, value: unknown, path: YamlPath): string[] {
  const entries: string[] = [];
  document.readItems(value, path, (item, itemPath) => {
    if (typeof item === 'string' && UNMANAGED_ENTRY.test(item)) entries.push(item);
    else {
      document.problem(
        itemPath,
        `must be a queue's name, or its beginning and *, got ${describeValue(item)}`,
      );
    }
  });
  return entries;
}

/** Whether an entry of `unmanaged` stands for a queue of this name. */
export function isNamedBy(entry: string, name: string): boolean {
  return entry.endsWith('*') ? name.startsWith(entry.slice(0, -1)) : name === entry;
}
