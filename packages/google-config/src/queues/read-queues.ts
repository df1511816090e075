import type { YamlFile, YamlPath } from '../yaml/yaml-file.ts';
import type { DeclaredQueue, QueueFile } from './declared-queue.ts';
import { QueueDocument } from './queue-document.ts';
import { isNamedBy, readNamePatterns } from './queue-name-patterns.ts';
import { readQueue } from './read-queue.ts';
import { physicalNames } from './shards.ts';

/** Reads the content of a queue file; every problem is noted in `yaml`. Queues without a usable name are left out. */
export function readQueues(yaml: YamlFile): QueueFile {
  const document = new QueueDocument(yaml);
  const placed: { queue: DeclaredQueue; path: YamlPath }[] = [];
  const managed: string[] = [];
  const unmanaged: string[] = [];
  document.readMembers(yaml.content, [], {
    queues: (value, path) =>
      document.readItems(value, path, (item, itemPath) => {
        placed.push({ queue: readQueue(document, item, itemPath), path: itemPath });
      }),
    managed: (value, path) => managed.push(...readNamePatterns(document, value, path)),
    unmanaged: (value, path) => unmanaged.push(...readNamePatterns(document, value, path)),
  });
  document.requireMember(yaml.content, [], 'queues');
  const named = placed.filter(({ queue }) => queue.name !== '');
  const owners = new Map<string, string>();
  for (const { queue, path } of named) {
    checkNames(document, [...path, 'name'], queue, { owners, unmanaged });
    for (const name of physicalNames(queue.name, queue.shards)) owners.set(name, queue.name);
  }
  const both = managed.find((pattern) => unmanaged.includes(pattern));
  if (both !== undefined) {
    document.problem(['managed'], `"${both}" is under unmanaged too: say one or the other`);
  }
  return { queues: named.map(({ queue }) => queue), managed, unmanaged };
}

/** Notes a name in Cloud Tasks that two queues would have, and one that is under `unmanaged` too. */
function checkNames(
  document: QueueDocument,
  path: YamlPath,
  queue: DeclaredQueue,
  { owners, unmanaged }: { owners: ReadonlyMap<string, string>; unmanaged: readonly string[] },
): void {
  const names = physicalNames(queue.name, queue.shards);
  const taken = names.find((name) => owners.has(name));
  if (taken !== undefined) {
    const owner = owners.get(taken);
    const as = owner === taken && queue.shards === undefined ? '' : `, as a queue of "${owner}"`;
    document.problem(path, `"${taken}" is there already${as}`);
  }
  const entry = unmanaged.find((candidate) => names.some((name) => isNamedBy(candidate, name)));
  if (entry === undefined) return;
  document.problem(path, `"${queue.name}" is under unmanaged too, by "${entry}": say one or the other`);
}
