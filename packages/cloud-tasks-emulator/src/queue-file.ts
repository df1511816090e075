import { readFileSync } from 'node:fs';
import { isMap, isScalar, isSeq, LineCounter, type Node, type Pair, parseDocument, type YAMLMap } from 'yaml';
import { CloudTasksError } from './engine/cloud-tasks-error.ts';
import { MICROS_PER_SECOND } from './engine/micros.ts';
import {
  completeQueueSettings,
  type QueueSettingsInput,
  type RoutingInput,
} from './engine/queue-settings.ts';

/** A queue that a file, or a program, declares. */
export interface DeclaredQueue {
  /** The short id: letters, digits and hyphens. */
  readonly name: string;
  readonly settings: QueueSettingsInput;
}

/** Thrown for a queue file that cannot be used; names each problem with its line. Nothing of it is applied. */
export class QueueFileError extends Error {
  override readonly name = 'QueueFileError';
  readonly problems: readonly string[];

  constructor(file: string, problems: readonly string[]) {
    super(
      `${file} cannot be used:\n${problems.map((problem) => `  ${problem}`).join('\n')}\nMend it, then start again.`,
    );
    this.problems = problems;
  }
}

type Reader = (value: Node | null, field: string) => unknown;

/**
 * Reads the queues that a file declares, in the field names of the Cloud Tasks API:
 * `queues: [{name, rateLimits, retryConfig, appEngineRoutingOverride}]`; durations as `10s` or `0.5s`.
 * @throws {QueueFileError} naming all problems at once
 */
export function readQueueFile(file: string): DeclaredQueue[] {
  return parseQueueFile(readFileSync(file, 'utf8'), file);
}

/** The same for the text of a file; `file` is for messages. */
export function parseQueueFile(text: string, file: string): DeclaredQueue[] {
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines, uniqueKeys: true });
  const problems: string[] = document.errors.map(
    (error) =>
      `line ${error.linePos?.[0].line ?? 1}: ${error.message.split('\n')[0]?.replace(/ at line.*/, '')}`,
  );
  if (problems.length > 0) throw new QueueFileError(file, problems);

  const lineOf = (node: Node | null | undefined): number => lines.linePos(node?.range?.[0] ?? 0).line;
  const problem = (node: Node | null | undefined, field: string, text: string): undefined => {
    problems.push(`line ${lineOf(node)}: ${field} ${text}`);
    return undefined;
  };

  const readNumber =
    (least: number, most: number, whole: boolean): Reader =>
    (node, field) => {
      const value = isScalar(node) ? node.value : undefined;
      const kind = whole ? 'a whole number' : 'a number';
      if (typeof value !== 'number' || (whole && !Number.isInteger(value)) || value < least || value > most) {
        return problem(node, field, `must be ${kind} from ${least} to ${most}, got ${shown(node)}`);
      }
      // The API cannot tell 0 from "not set", and would put its default there.
      return value === 0 ? problem(node, field, 'is 0, which means the default: leave it out') : value;
    };
  const readDuration: Reader = (node, field) => {
    const match = isScalar(node) ? /^(\d+(?:\.\d{1,9})?)s$/.exec(String(node.value)) : null;
    if (match === null) return problem(node, field, `must be a duration such as 10s, got ${shown(node)}`);
    const micros = Math.round(Number(match[1]) * MICROS_PER_SECOND);
    return micros === 0 ? problem(node, field, 'is 0, which means the default: leave it out') : micros;
  };
  const readText: Reader = (node, field) =>
    isScalar(node) && typeof node.value === 'string' && node.value !== ''
      ? node.value
      : problem(node, field, `must be a text, got ${shown(node)}`);

  /** Reads a mapping with these fields, and names those that it doesn't know. */
  const readFields = (
    node: Node | null,
    field: string,
    readers: Record<string, Reader>,
  ): Record<string, unknown> => {
    const values: Record<string, unknown> = {};
    if (!isMap(node)) {
      problem(node, field, `must be a mapping, got ${shown(node)}`);
      return values;
    }
    for (const pair of (node as YAMLMap<Node, Node | null>).items as Pair<Node, Node | null>[]) {
      const key = isScalar(pair.key) ? String(pair.key.value) : '';
      const reader = Object.hasOwn(readers, key) ? readers[key] : undefined;
      const path = field === '' ? key : `${field}.${key}`;
      if (reader) values[key] = reader(pair.value, path);
      else problem(pair.key, path, `is not known; there are: ${Object.keys(readers).join(', ')}`);
    }
    return values;
  };

  const rateReaders: Record<string, Reader> = {
    maxDispatchesPerSecond: readNumber(0, 500, false),
    maxConcurrentDispatches: readNumber(0, 5_000, true),
  };
  const retryReaders: Record<string, Reader> = {
    maxAttempts: readNumber(-1, 2 ** 31 - 1, true),
    maxRetryDuration: readDuration,
    minBackoff: readDuration,
    maxBackoff: readDuration,
    maxDoublings: readNumber(0, 2 ** 31 - 1, true),
  };
  const routingReaders: Record<string, Reader> = {
    service: readText,
    version: readText,
    instance: readText,
  };
  const readQueueName: Reader = (node, field) => {
    const value = isScalar(node) ? node.value : undefined;
    return typeof value === 'string' && /^[A-Za-z0-9-]{1,100}$/.test(value)
      ? value
      : problem(node, field, `must be 1 to 100 letters, digits and hyphens, got ${shown(node)}`);
  };
  const readQueue = (node: Node | null, field: string): DeclaredQueue => {
    const values = readFields(node, field, {
      name: readQueueName,
      rateLimits: (value, path) => readFields(value, path, rateReaders),
      retryConfig: (value, path) => readFields(value, path, retryReaders),
      appEngineRoutingOverride: (value, path) => readFields(value, path, routingReaders),
    }) as {
      name?: string;
      rateLimits?: { maxDispatchesPerSecond?: number; maxConcurrentDispatches?: number };
      retryConfig?: {
        maxAttempts?: number;
        maxRetryDuration?: number;
        minBackoff?: number;
        maxBackoff?: number;
        maxDoublings?: number;
      };
      appEngineRoutingOverride?: Partial<RoutingInput>;
    };
    if (isMap(node) && !node.has('name')) problem(node, `${field}.name`, 'is missing');
    const { maxRetryDuration, minBackoff, maxBackoff, ...retry } = values.retryConfig ?? {};
    const settings: QueueSettingsInput = {
      ...values.rateLimits,
      ...retry,
      maxRetryDurationMicros: maxRetryDuration,
      minBackoffMicros: minBackoff,
      maxBackoffMicros: maxBackoff,
      ...(values.appEngineRoutingOverride && {
        routingOverride: { service: '', version: '', instance: '', ...values.appEngineRoutingOverride },
      }),
    };
    try {
      completeQueueSettings(settings);
    } catch (error) {
      if (!(error instanceof CloudTasksError)) throw error;
      problem(node, field, `is refused: ${error.message}`);
    }
    return { name: values.name ?? '', settings };
  };

  const queues: DeclaredQueue[] = [];
  readFields(document.contents, '', {
    queues: (node, field) => {
      if (!isSeq(node)) return problem(node, field, `must be a list, got ${shown(node)}`);
      for (const [index, item] of (node.items as (Node | null)[]).entries()) {
        const queue = readQueue(item, `${field}[${index}]`);
        if (queue.name !== '' && queues.some(({ name }) => name === queue.name)) {
          problem(item, `${field}[${index}].name`, `"${queue.name}" is there already`);
        }
        queues.push(queue);
      }
      return undefined;
    },
  });
  if (problems.length > 0) throw new QueueFileError(file, problems);
  return queues;
}

function shown(node: Node | null | undefined): string {
  if (isScalar(node)) return JSON.stringify(node.value);
  if (isMap(node)) return 'a mapping';
  return isSeq(node) ? 'a list' : 'nothing';
}
