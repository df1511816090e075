import { readFileSync } from 'node:fs';
import type { QueueValues } from './queue-fields.ts';
import { QUEUE_FIELDS } from './queue-fields.ts';
import { readQueueDocument } from './read-queue-document.ts';
import { physicalNames } from './shards.ts';

/** A queue as the file, and a contract, names it. */
export interface DeclaredQueue {
  readonly name: string;
  /** Into how many queues of Cloud Tasks it is divided; undefined: it is one. */
  readonly shards?: number;
  /** What the file sets; of a divided queue, the sum of all shards' rates. */
  readonly values: QueueValues;
}

/** A queue as it is to be in Cloud Tasks. */
export interface PhysicalQueue {
  readonly name: string;
  /** The name of the queue that it is, or is a shard of. */
  readonly logicalName: string;
  readonly values: QueueValues;
}

/** What a queue file says. */
export interface QueueFile {
  readonly queues: readonly DeclaredQueue[];
  /** Names of queues that are somebody else's; one with `*` at its end stands for all that begin so. */
  readonly unmanaged: readonly string[];
}

/** Thrown for a queue file that cannot be used; names each problem with its line. Nothing of it is applied. */
export class QueueFileError extends Error {
  override readonly name = 'QueueFileError';
  readonly problems: readonly string[];

  constructor(file: string, problems: readonly string[]) {
    super(
      `${file} cannot be used:\n${problems.map((problem) => `  ${problem}`).join('\n')}\nMend it, then try again.`,
    );
    this.problems = problems;
  }
}

/**
 * Reads a file of queues in the field names of the Cloud Tasks API; see docs/queues.md.
 * @throws {QueueFileError} naming all problems at once, or that the file can't be read
 */
export function readQueueFile(file: string): QueueFile {
  let text: string;
  try {
    text = readFileSync(file, 'utf8');
  } catch (error) {
    throw new QueueFileError(file, [`it can't be read: ${(error as Error).message}`]);
  }
  return parseQueueFile(text, file);
}

/** The same for the text of a file; `file` is for messages. */
export function parseQueueFile(text: string, file: string): QueueFile {
  const { problems, queues, unmanaged } = readQueueDocument(text);
  if (problems.length > 0) throw new QueueFileError(file, problems);
  return { queues, unmanaged };
}

/** The queues of Cloud Tasks that a declared queue is: itself, or its shards, each with its part of the rates. */
export function physicalQueues(queue: DeclaredQueue): PhysicalQueue[] {
  const { name, shards, values } = queue;
  const parts: Record<string, number | string> = { ...values };
  for (const { path, divided } of QUEUE_FIELDS) {
    const value = values[path];
    if (divided && shards !== undefined && typeof value === 'number') parts[path] = value / shards;
  }
  return physicalNames(name, shards).map((physical) => ({
    name: physical,
    logicalName: name,
    values: parts,
  }));
}
