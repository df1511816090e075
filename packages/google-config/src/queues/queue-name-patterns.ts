import type { YamlPath } from '../yaml/yaml-file.ts';
import { describeValue } from './describe-value.ts';
import type { QueueDocument } from './queue-document.ts';

/** A queue's name, or the beginning of names and `*`. */
const NAME_PATTERN = /^[A-Za-z0-9-]{1,100}\*?$|^\*$/;

/** Reads a list of names and beginnings of names. Entries that are wrong are noted and left out. */
export function readNamePatterns(document: QueueDocument, value: unknown, path: YamlPath): string[] {
  const patterns: string[] = [];
  document.readItems(value, path, (item, itemPath) => {
    if (typeof item === 'string' && NAME_PATTERN.test(item)) patterns.push(item);
    else {
      document.problem(
        itemPath,
        `must be a queue's name, or its beginning and *, got ${describeValue(item)}`,
      );
    }
  });
  return patterns;
}

/** Whether a pattern stands for a queue of this name. */
export function isNamedBy(pattern: string, name: string): boolean {
  return pattern.endsWith('*') ? name.startsWith(pattern.slice(0, -1)) : name === pattern;
}
