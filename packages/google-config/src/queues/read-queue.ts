import type { YamlPath } from '../yaml/yaml-file.ts';
import type { DeclaredQueue } from './declared-queue.ts';
import { describeValue } from './describe-value.ts';
import type { QueueDocument, ValueReader } from './queue-document.ts';
import {
  fieldValue,
  formatValue,
  QUEUE_FIELDS,
  type QueueFieldPath,
  type QueueValues,
} from './queue-fields.ts';
import { MAX_NAME_LENGTH, QUEUE_NAME, QUEUE_NAME_RULE } from './queue-name.ts';
import { readFieldValue } from './read-field-value.ts';
import { MAX_SHARDS, shardName } from './shards.ts';

/** The fields that a queue sets, with their values as the file has them. */
type GivenFields = ReadonlyMap<QueueFieldPath, unknown>;

/** Reads one item of `queues`. A name or number of shards that is wrong is noted and left out: the name is then empty. */
export function readQueue(document: QueueDocument, value: unknown, path: YamlPath): DeclaredQueue {
  const given = new Map<QueueFieldPath, unknown>();
  let name = '';
  let shards: number | undefined;
  let state: 'PAUSED' | undefined;
  document.readMembers(value, path, {
    name: (member, memberPath) => {
      name = readName(document, member, memberPath);
    },
    shards: (member, memberPath) => {
      shards = readShards(document, member, memberPath);
    },
    state: (member, memberPath) => {
      state = readState(document, member, memberPath);
    },
    ...groupReaders(document, given),
  });
  document.requireMember(value, path, 'name');
  checkShardNames(document, path, name, shards);
  // After all members: the number of shards, wherever it stands, decides on the divided fields.
  const values = readValues(document, path, given, shards);
  checkBackoff(document, path, given, values);
  return {
    name,
    ...(shards !== undefined && { shards }),
    ...(state !== undefined && { state }),
    values,
  };
}

function readName(document: QueueDocument, value: unknown, path: YamlPath): string {
  if (typeof value === 'string' && QUEUE_NAME.test(value)) return value;
  document.problem(path, `must be ${QUEUE_NAME_RULE}, got ${describeValue(value)}`);
  return '';
}

function readShards(document: QueueDocument, value: unknown, path: YamlPath): number | undefined {
  if (typeof value === 'number' && Number.isInteger(value) && value >= 2 && value <= MAX_SHARDS) return value;
  const expected = `must be a whole number from 2 to ${MAX_SHARDS}, or left out for one queue`;
  document.problem(path, `${expected}, got ${describeValue(value)}`);
  return undefined;
}

/** Reads the one state that a file can ask for: `apply` never resumes a queue. */
function readState(document: QueueDocument, value: unknown, path: YamlPath): 'PAUSED' | undefined {
  if (value === 'PAUSED') return value;
  document.problem(path, `must be PAUSED, or left out for a queue that runs, got ${describeValue(value)}`);
  return undefined;
}

/** A reader for each group of fields, which collects what the group sets. */
function groupReaders(
  document: QueueDocument,
  given: Map<QueueFieldPath, unknown>,
): Record<string, ValueReader> {
  const groups: Record<string, Record<string, ValueReader>> = {};
  for (const field of QUEUE_FIELDS) {
    const [group = '', key = ''] = field.path.split('.');
    groups[group] ??= {};
    groups[group][key] = (value) => given.set(field.path, value);
  }
  return Object.fromEntries(
    Object.entries(groups).map(([group, readers]) => [
      group,
      (value: unknown, path: YamlPath) => document.readMembers(value, path, readers),
    ]),
  );
}

function checkShardNames(
  document: QueueDocument,
  path: YamlPath,
  name: string,
  shards: number | undefined,
): void {
  if (shards === undefined) return;
  const last = shardName(name, shards - 1);
  if (last.length <= MAX_NAME_LENGTH) return;
  document.problem(
    [...path, 'name'],
    `is too long for its shards: ${last} has over ${MAX_NAME_LENGTH} characters`,
  );
}

function readValues(
  document: QueueDocument,
  path: YamlPath,
  given: GivenFields,
  shards: number | undefined,
): QueueValues {
  const values: Partial<Record<QueueFieldPath, number | string>> = {};
  for (const field of QUEUE_FIELDS) {
    if (!given.has(field.path)) continue;
    const value = given.get(field.path);
    const read = readFieldValue(field, value, shards);
    if (read.problem === undefined) values[field.path] = read.value;
    else {
      const text = read.problem.replace('%s', () => describeValue(value));
      document.problem(fieldPath(path, field.path), text);
    }
  }
  return values;
}

function checkBackoff(
  document: QueueDocument,
  path: YamlPath,
  given: GivenFields,
  values: QueueValues,
): void {
  const maxBackoff = fieldValue(values, 'retryConfig.maxBackoff');
  if (fieldValue(values, 'retryConfig.minBackoff') <= maxBackoff) return;
  const field = QUEUE_FIELDS.find((known) => known.path === 'retryConfig.maxBackoff');
  const limit = field && formatValue(field, maxBackoff);
  const shown = values['retryConfig.maxBackoff'] === undefined ? `by default ${limit}` : limit;
  const place = given.has('retryConfig.minBackoff') ? 'retryConfig.minBackoff' : 'retryConfig.maxBackoff';
  document.problem(
    fieldPath(path, 'retryConfig.minBackoff'),
    `must be at most retryConfig.maxBackoff, ${shown}`,
    fieldPath(path, place),
  );
}

function fieldPath(path: YamlPath, field: QueueFieldPath): YamlPath {
  return [...path, ...field.split('.')];
}
