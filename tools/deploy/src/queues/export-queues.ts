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
import { differences, isClaimed, isUnmanaged, makeQueuePlan, type QueueChange } from './make-queue-plan.ts';

/** A file's text with a project's queues in it, and its differences from the text before. */
export interface ExportedQueues {
  readonly text: string;
  readonly added: readonly string[];
  readonly changed: readonly string[];
  readonly removed: readonly string[];
  /** Queues of the project that are not in the text: they belong to somebody else, or are out of use. */
  readonly leftOut: readonly string[];
}

const EMPTY_FILE = `# Every queue of the system, in the field names of the Cloud Tasks v2 API. What a queue leaves out is the
# service's default.
queues: []
`;

/**
 * Writes a project's queues into the text of a queue file; its order, comments and spelling stay where they can. Values
 * that are the service's default are left out, and a stopped queue says `state: PAUSED`. A queue that the file lacks is added, except
 * App Engine's `default`, those under `unmanaged`, and stopped ones that the file claims: these are out of use.
 * @param before the file's text; undefined where there is none
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
  const kept = keepKnownQueues(known, list, actual);
  if (kept.changed.length + kept.removed.length > 0) refuseAliases(document, file);
  for (const { item, queue } of kept.changed) writeQueue(document, item, queue);
  const { added, leftOut } = findFurtherQueues(known, actual);
  const result = {
    added: added.map(({ name }) => name),
    changed: kept.changed.map(({ name }) => name),
    removed: kept.removed,
    leftOut,
  };
  if (before !== undefined && added.length + kept.changed.length + kept.removed.length === 0) {
    return { ...result, text: before };
  }
  const newItems = added.map(({ name, state, values }) => {
    // On one line: two branches that each add a queue are then merged without a conflict.
    const item = document.createNode({ name }, { flow: true }) as YAMLMap;
    writeQueue(document, item, { isStopped: state !== 'RUNNING', values });
    return item;
  });
  list.items = [...kept.items, ...newItems];
  list.flow = list.items.length === 0;
  const text = document.toString({ lineWidth: 0, flowCollectionPadding: true });
  checkExport(parseQueueFile(`the new ${file}`, text), actual);
  return { ...result, text };
}

/** A declared queue as it is in the project. */
interface FoundQueue {
  /** PAUSED or DISABLED. */
  readonly isStopped: boolean;
  readonly values: QueueValues;
}

/** The file's queues that are in the project as a whole, with those that differ there. */
function keepKnownQueues(known: QueueFile, list: YAMLSeq, actual: readonly CloudQueue[]) {
  const byName = new Map(actual.map((queue) => [queue.name, queue]));
  const items: unknown[] = [];
  const changed: { name: string; item: YAMLMap; queue: FoundQueue }[] = [];
  const removed: string[] = [];
  for (const [index, declared] of known.queues.entries()) {
    const item = list.items[index];
    const queue = findDeclared(declared, byName);
    if (queue === undefined) {
      removed.push(declared.name);
      continue;
    }
    items.push(item);
    const hasSameState = (declared.state === 'PAUSED') === queue.isStopped;
    if (hasSameState && differences(declared.values, queue.values).length === 0) continue;
    changed.push({ name: declared.name, item: item as YAMLMap, queue });
  }
  return { items, changed, removed };
}

/**
 * The project's queues that no queue of the file stands for, divided into those to add and those to leave out. Shards that
 * are there while others lack, or differ, are added as queues of their own.
 */
function findFurtherQueues(
  known: QueueFile,
  actual: readonly CloudQueue[],
): { added: CloudQueue[]; leftOut: string[] } {
  const byName = new Map(actual.map((queue) => [queue.name, queue]));
  const whole = known.queues.filter((queue) => findDeclared(queue, byName) !== undefined);
  const written = new Set(whole.flatMap(({ name, shards }) => physicalNames(name, shards)));
  const parts = new Set(known.queues.flatMap(({ name, shards }) => physicalNames(name, shards)));
  const isLeftOut = ({ name, state }: CloudQueue): boolean =>
    !parts.has(name) && (isUnmanaged(known, name) || (isClaimed(known, name) && state !== 'RUNNING'));
  const further = actual.filter(({ name }) => !written.has(name));
  return {
    added: further.filter((queue) => !isLeftOut(queue)),
    leftOut: further.filter(isLeftOut).map(({ name }) => name),
  };
}

/** A declared queue in the project, its shards added up; undefined if it isn't there as a whole. */
function findDeclared(
  { name, shards, values }: DeclaredQueue,
  actual: ReadonlyMap<string, CloudQueue>,
): FoundQueue | undefined {
  const parts = physicalNames(name, shards).map((part) => actual.get(part));
  const [first] = parts;
  if (first === undefined) return undefined;
  const isStopped = first.state !== 'RUNNING';
  const isLikeFirst = (part: CloudQueue): boolean =>
    (part.state !== 'RUNNING') === isStopped && differences(first.values, part.values).length === 0;
  if (!parts.every((part) => part !== undefined && isLikeFirst(part))) return undefined;
  return {
    isStopped,
    values: shards === undefined ? first.values : sumOfShards(first, { name, shards, values }),
  };
}

/** The values of a divided queue whose shards are all like `first`. */
function sumOfShards(
  first: CloudQueue,
  { name, shards, values }: DeclaredQueue & { shards: number },
): QueueValues {
  // An equal value stays as it is written: a sum of parts may differ from it in the last digit.
  const [declared] = physicalQueues({ name, shards, values });
  const sums: Partial<Record<QueueFieldPath, number | string>> = { ...first.values };
  for (const field of QUEUE_FIELDS) {
    const { path, divided } = field;
    const part = first.values[path];
    if (!divided || typeof part !== 'number') continue;
    const asWritten = values[path];
    if (declared && sameValue(field, fieldValue(declared.values, path), part)) {
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

/** Writes a queue's state and values into its mapping; the service's defaults are taken out. */
function writeQueue(document: Document, item: YAMLMap, { isStopped, values }: FoundQueue): void {
  if (isStopped) item.set('state', 'PAUSED');
  else item.delete('state');
  for (const field of QUEUE_FIELDS) {
    const { path, kind } = field;
    const value = values[path];
    const [group = '', key = ''] = path.split('.');
    if (value === undefined || sameValue(field, value, SERVICE_DEFAULTS[path])) {
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
  const { changes, notes } = makeQueuePlan(written, actual, new Map());
  const retired = (change: QueueChange): boolean => change.kind === 'pause' && change.waiting !== undefined;
  const changed = [
    ...changes.filter((change) => !retired(change)),
    ...notes.filter(({ kind }) => kind === 'stopped'),
  ];
  if (changed.length > 0) {
    const names = changed.map(({ name }) => name).join(', ');
    throw new Error(`The file's format cannot say what these queues are: ${names}; nothing was written`);
  }
}
