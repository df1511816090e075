import {
  type DeclaredQueue,
  fieldValue,
  formatProtoDuration,
  parseQueueFile,
  physicalNames,
  physicalQueues,
  QUEUE_FIELDS,
  type QueueFieldPath,
  type QueueFile,
  type QueueValues,
  SERVICE_DEFAULTS,
  sameValue,
} from '@waybill/google-config';
import { type Document, isAlias, isMap, isSeq, parseDocument, visit, type YAMLMap, type YAMLSeq } from 'yaml';
import type { CloudQueue } from './cloud-queues.ts';
import { differences, isUnmanaged, makeQueuePlan } from './queue-plan.ts';

/** A file's text with a project's queues in it, and what is other than before. */
export interface ExportedQueues {
  readonly text: string;
  readonly added: readonly string[];
  readonly changed: readonly string[];
  readonly removed: readonly string[];
  /** Queues of the project that are not in the text: somebody else's, or out of use. */
  readonly leftOut: readonly string[];
}

const EMPTY_FILE = `# Every queue of the system, in the field names of the Cloud Tasks v2 API. What a queue leaves out is the
# service's default.
queues: []
`;

/**
 * Writes a project's queues into the text of a queue file, whose order, comments and spelling stay where they can.
 * What is the service's default is left out. A queue that the file doesn't have is added, but not one that is paused
 * (a queue that was taken out of the file is left like that) and not App Engine's `default`.
 * @param before the file's text; undefined where there is none: then paused queues are added too
 * @param file the file's name, for messages
 * @throws {QueueFileError} if the text can't be used, or a queue can't be written in the file's format
 * @throws {Error} if the text has YAML anchors and must be changed
 */
export function exportQueues(
  before: string | undefined,
  file: string,
  actual: readonly CloudQueue[],
): ExportedQueues {
  const known = parseQueueFile(file, before ?? EMPTY_FILE);
  const document = parseDocument(before ?? EMPTY_FILE);
  const list = document.get('queues', true);
  if (!isSeq(list)) throw new Error(`${file}: queues must be a list of its own, without an alias`);
  const byName = new Map(actual.map((queue) => [queue.name, queue]));
  const written = new Set<string>();
  const result = {
    added: [] as string[],
    changed: [] as string[],
    removed: [] as string[],
    leftOut: [] as string[],
  };

  const items: unknown[] = [];
  for (const [index, declared] of known.queues.entries()) {
    const item = list.items[index];
    const values = valuesInProject(declared, byName);
    if (values === undefined) {
      // Some of its shards are not there, or are unlike: those that are there follow as queues of their own.
      result.removed.push(declared.name);
      continue;
    }
    for (const name of physicalNames(declared.name, declared.shards)) written.add(name);
    items.push(item);
    if (differences(declared.values, values).length === 0) continue;
    refuseAliases(document, file);
    result.changed.push(declared.name);
    writeValues(document, item as YAMLMap, values);
  }

  for (const { name, state, values } of actual) {
    if (written.has(name)) continue;
    const wasPart = known.queues.some((queue) => physicalNames(queue.name, queue.shards).includes(name));
    if (!wasPart && (isUnmanaged(known, name) || (before !== undefined && state !== 'RUNNING'))) {
      result.leftOut.push(name);
      continue;
    }
    const item = document.createNode({ name }) as YAMLMap;
    writeValues(document, item, values);
    items.push(item);
    result.added.push(name);
  }

  if (result.added.length + result.changed.length + result.removed.length === 0 && before !== undefined) {
    return { ...result, text: before };
  }
  if (result.removed.length > 0) refuseAliases(document, file);
  (list as YAMLSeq).items = items;
  list.flow = items.length === 0;
  const text = document.toString({ lineWidth: 0, flowCollectionPadding: true });
  checkExport(parseQueueFile(`the new ${file}`, text), actual);
  return { ...result, text };
}

/** What a declared queue is in the project, shards added up; undefined if it isn't there as a whole. */
function valuesInProject(
  { name, shards, values }: DeclaredQueue,
  actual: ReadonlyMap<string, CloudQueue>,
): QueueValues | undefined {
  const parts = physicalNames(name, shards).map((part) => actual.get(part));
  const [first] = parts;
  if (first === undefined) return undefined;
  if (parts.some((part) => part === undefined || differences(first.values, part.values).length > 0)) {
    return undefined;
  }
  if (shards === undefined) return first.values;
  // What is the same stays as it is written: a sum of parts may differ from it in the last digit.
  const [declared] = physicalQueues({ name, shards, values });
  const sums: Partial<Record<QueueFieldPath, number | string>> = { ...first.values };
  for (const { path, divided } of QUEUE_FIELDS) {
    const part = first.values[path];
    if (!divided || typeof part !== 'number') continue;
    const asWritten = values[path];
    if (declared && sameValue(fieldValue(declared.values, path), part)) {
      if (asWritten === undefined) delete sums[path];
      else sums[path] = asWritten;
    } else if (part === SERVICE_DEFAULTS[path]) {
      // Left out means the default of each shard.
      delete sums[path];
    } else {
      sums[path] = Number((part * shards).toFixed(6));
    }
  }
  return sums;
}

/** Makes a queue's mapping say these values; what is as it was, and the service's default, is not written. */
function writeValues(document: Document, item: YAMLMap, values: QueueValues): void {
  for (const { path, kind } of QUEUE_FIELDS) {
    const value = values[path];
    const [group = '', key = ''] = path.split('.');
    if (value === undefined || sameValue(value, SERVICE_DEFAULTS[path])) {
      const rest = item.get(group);
      if (!isMap(rest)) continue;
      rest.delete(key);
      if (rest.items.length === 0) item.delete(group);
      continue;
    }
    const text = kind === 'duration' ? formatProtoDuration(Number(value)) : value;
    if (!isMap(item.get(group))) item.set(group, document.createNode({}, { flow: true }));
    item.setIn([group, key], text);
  }
}

/** A change to an anchored part would change all that refer to it. */
function refuseAliases(document: Document, file: string): void {
  let found = false;
  visit(document, {
    Node: (_key, node) => {
      if (!isAlias(node)) return undefined;
      found = true;
      return visit.BREAK;
    },
  });
  if (found) {
    throw new Error(
      `${file} has YAML anchors, which an export would break: write them out, or give another --file`,
    );
  }
}

/** @throws {Error} if the new file would change something: then it must not be written */
function checkExport(written: QueueFile, actual: readonly CloudQueue[]): void {
  const changed = makeQueuePlan(written, actual, new Map()).changes.filter(({ kind }) => kind !== 'pause');
  if (changed.length > 0) {
    const names = changed.map(({ name }) => name).join(', ');
    throw new Error(`The file's format cannot say what these queues are: ${names}; nothing was written`);
  }
}
