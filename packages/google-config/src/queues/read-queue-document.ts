import {
  isAlias,
  isMap,
  isScalar,
  isSeq,
  LineCounter,
  type Node,
  type Pair,
  parseDocument,
  type YAMLMap,
} from 'yaml';
import {
  fieldValue,
  formatValue,
  QUEUE_FIELDS,
  type QueueField,
  type QueueFieldPath,
} from './queue-fields.ts';
import type { DeclaredQueue } from './queue-file.ts';
import { readFieldValue } from './read-field-value.ts';
import { MAX_SHARDS, physicalNames } from './shards.ts';

/** What a text says, as far as it can be read, and everything that is wrong with it. */
export interface ReadQueueDocument {
  readonly problems: readonly string[];
  readonly queues: readonly DeclaredQueue[];
  readonly unmanaged: readonly string[];
}

type Values = Partial<Record<QueueFieldPath, number | string>>;
type Reader = (node: Node | null, field: string) => void;

const QUEUE_NAME = /^[A-Za-z0-9-]{1,100}$/;

/** Reads the text of a queue file. Problems are in the order of their lines. */
export function readQueueDocument(text: string): ReadQueueDocument {
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines, uniqueKeys: true });
  const problems: { line: number; text: string }[] = document.errors.map((error) => ({
    line: error.linePos?.[0].line ?? 1,
    text: error.message.split('\n')[0]?.replace(/ at line.*/, '') ?? '',
  }));
  const queues: DeclaredQueue[] = [];
  const unmanaged: string[] = [];
  if (problems.length === 0) readFile(document.contents);
  return {
    problems: problems
      .sort((a, b) => a.line - b.line)
      .map((problem) => `line ${problem.line}: ${problem.text}`),
    queues,
    unmanaged,
  };

  function problem(node: Node | null | undefined, field: string, text: string): void {
    const line = lines.linePos(node?.range?.[0] ?? 0).line;
    problems.push({ line, text: field === '' ? text : `${field} ${text}` });
  }

  function resolved(node: Node | null): Node | null {
    return isAlias(node) ? (node.resolve(document) ?? null) : node;
  }

  /** Reads a mapping with these fields, and names those that it doesn't know. */
  function readFields(node: Node | null, field: string, readers: Readonly<Record<string, Reader>>): void {
    const target = resolved(node);
    if (!isMap(target)) {
      problem(node, field, `${field === '' ? 'the file ' : ''}must be a mapping, got ${shown(target)}`);
      return;
    }
    for (const pair of (target as YAMLMap<Node, Node | null>).items as Pair<Node, Node | null>[]) {
      const key = isScalar(pair.key) ? String(pair.key.value) : '';
      const path = field === '' ? key : `${field}.${key}`;
      const read = Object.hasOwn(readers, key) ? readers[key] : undefined;
      if (read) read(pair.value ?? pair.key, path);
      else problem(pair.key, path, `is not known; there are: ${Object.keys(readers).join(', ')}`);
    }
  }

  function readFile(node: Node | null): void {
    const nodes: { item: Node | null; field: string; queue: DeclaredQueue }[] = [];
    readFields(node, '', {
      queues: (value, field) => {
        eachItem(value, field, (item, itemField) => {
          const queue = readQueue(item, itemField);
          nodes.push({ item, field: itemField, queue });
        });
      },
      unmanaged: (value, field) => {
        eachItem(value, field, (item, itemField) => {
          const name = isScalar(item) ? item.value : undefined;
          if (typeof name === 'string' && /^[A-Za-z0-9-]{1,100}\*?$|^\*$/.test(name)) unmanaged.push(name);
          else problem(item, itemField, `must be a queue's name, or its beginning and *, got ${shown(item)}`);
        });
      },
    });
    if (isMap(node) && !node.has('queues')) problem(node, 'queues', 'is missing');

    const taken = new Map<string, string>();
    for (const { item, field, queue } of nodes) {
      if (queue.name === '') continue;
      const names = physicalNames(queue.name, queue.shards);
      const other = names.find((name) => taken.has(name));
      if (other !== undefined) {
        const owner = taken.get(other);
        const as = owner === other && queue.shards === undefined ? '' : `, as a queue of "${owner}"`;
        problem(item, `${field}.name`, `"${other}" is there already${as}`);
      }
      const pattern = unmanaged.find((entry) => names.some((name) => isNamedBy(entry, name)));
      if (pattern !== undefined) {
        problem(
          item,
          `${field}.name`,
          `"${queue.name}" is under unmanaged too, by "${pattern}": say one or the other`,
        );
      }
      for (const name of names) taken.set(name, queue.name);
      queues.push(queue);
    }
  }

  function eachItem(node: Node | null, field: string, read: Reader): void {
    const list = resolved(node);
    if (!isSeq(list)) {
      problem(node, field, `must be a list, got ${shown(list)}`);
      return;
    }
    for (const [index, item] of (list.items as (Node | null)[]).entries()) read(item, `${field}[${index}]`);
  }

  function readQueue(node: Node | null, field: string): DeclaredQueue {
    const values: Values = {};
    const nodes = new Map<QueueFieldPath, Node | null>();
    let name = '';
    // Divided fields are judged by it, wherever in the queue it stands.
    let shards: number | undefined;
    readFields(node, field, {
      name: (value, path) => {
        const given = isScalar(value) ? value.value : undefined;
        if (typeof given === 'string' && QUEUE_NAME.test(given)) name = given;
        else problem(value, path, `must be 1 to 100 letters, digits and hyphens, got ${shown(value)}`);
      },
      shards: (value, path) => {
        const given = isScalar(value) ? value.value : undefined;
        if (typeof given === 'number' && Number.isInteger(given) && given >= 2 && given <= MAX_SHARDS) {
          shards = given;
        } else {
          const ask = `must be a whole number from 2 to ${MAX_SHARDS}, or left out for one queue`;
          problem(value, path, `${ask}, got ${shown(value)}`);
        }
      },
      ...groupReaders((declared, value) => nodes.set(declared.path, value)),
    });
    const target = resolved(node);
    if (isMap(target) && !target.has('name')) problem(target, `${field}.name`, 'is missing');
    if (shards !== undefined && `${name}-${shards - 1}`.length > 100) {
      problem(
        target,
        `${field}.name`,
        `is too long for its shards: ${name}-${shards - 1} has over 100 characters`,
      );
    }
    for (const declared of QUEUE_FIELDS) {
      const value = nodes.get(declared.path);
      if (value !== undefined) readValue(declared, value, `${field}.${declared.path}`, shards, values);
    }
    const least = fieldValue(values, 'retryConfig.minBackoff');
    if (least > fieldValue(values, 'retryConfig.maxBackoff')) {
      const most = QUEUE_FIELDS.find(({ path }) => path === 'retryConfig.maxBackoff');
      const limit = most && formatValue(most, fieldValue(values, most.path));
      const said = values['retryConfig.maxBackoff'] === undefined ? `, by default ${limit}` : `, ${limit}`;
      const where = nodes.get('retryConfig.minBackoff') ?? nodes.get('retryConfig.maxBackoff');
      problem(where, `${field}.retryConfig.minBackoff`, `must be at most retryConfig.maxBackoff${said}`);
    }
    return { name, ...(shards !== undefined && { shards }), values };
  }

  /** A reader for each group of fields, which tells where each of the fields is. */
  function groupReaders(found: (field: QueueField, value: Node | null) => void): Record<string, Reader> {
    const groups: Record<string, Record<string, Reader>> = {};
    for (const field of QUEUE_FIELDS) {
      const [group = '', key = ''] = field.path.split('.');
      groups[group] ??= {};
      groups[group][key] = (value) => found(field, resolved(value));
    }
    return Object.fromEntries(
      Object.entries(groups).map(([group, readers]) => [
        group,
        (value: Node | null, path: string) => readFields(value, path, readers),
      ]),
    );
  }

  function readValue(
    declared: QueueField,
    node: Node | null,
    field: string,
    shards: number | undefined,
    values: Values,
  ): void {
    const read = readFieldValue(declared, isScalar(node) ? node.value : undefined, shards);
    if (read.problem !== undefined)
      problem(
        node,
        field,
        read.problem.replace('%s', () => shown(node)),
      );
    else values[declared.path] = read.value;
  }
}

/** Whether a name is one that an entry under `unmanaged` stands for. */
export function isNamedBy(entry: string, name: string): boolean {
  return entry.endsWith('*') ? name.startsWith(entry.slice(0, -1)) : name === entry;
}

function shown(node: Node | null | undefined): string {
  if (isScalar(node)) return JSON.stringify(node.value);
  if (isMap(node)) return 'a mapping';
  return isSeq(node) ? 'a list' : 'nothing';
}
