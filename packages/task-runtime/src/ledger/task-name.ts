import { createHash, randomBytes } from 'node:crypto';

/** The id of a task without a dedupe key: 128 random bits, so that Cloud Tasks can spread the names. */
export function randomTaskId(): string {
  return randomBytes(16).toString('hex');
}

/** The id of a task with a dedupe key. The contract's version is left out: a new version is the same task. */
export function keyedTaskId(contractName: string, dedupeKey: string): string {
  return createHash('sha256').update(`${contractName}\n${dedupeKey}`).digest('hex');
}

/**
 * The id of the record of a task that a producer without the ledger named. A name tells tasks apart only within their
 * queue, so the queue is part of it; no id of our own has a dot in it.
 */
export function adoptedTaskId(queue: string, name: string): string {
  return `${queue}.${name}`;
}

/** Whether an id has the form of the ledger's own: random, or made from a dedupe key. */
export function isOwnTaskId(taskId: string): boolean {
  return /^([0-9a-f]{32}|[0-9a-f]{64})$/.test(taskId);
}

/** Whether a record is of a task from a producer without the ledger, by its id. */
export function isAdopted(taskId: string): boolean {
  return taskId.includes('.');
}

/**
 * The short name of a task's generation in Cloud Tasks. Each generation has its own, for names are used up; the first of
 * an adopted task is the one that its producer gave it.
 */
export function cloudTaskName(taskId: string, generation: number): string {
  if (!isAdopted(taskId)) return `${taskId}-g${generation}`;
  const name = taskId.slice(taskId.indexOf('.') + 1);
  return generation === 0 ? name : `${name}-g${generation}`;
}

/** A record that a delivery may be of, and the generation that it is if so. */
export interface TaskCandidate {
  readonly taskId: string;
  readonly generation: number;
}

/**
 * Reads a name in Cloud Tasks: the records that it may be of, the likeliest first. Where none of them is there, the task
 * gets the record {@link adoptedAs} says.
 */
export function candidatesOf(queue: string, name: string): readonly [TaskCandidate, ...TaskCandidate[]] {
  const adopted = { taskId: adoptedTaskId(queue, name), generation: 0 };
  const [, stem, digits] = /^(.+)-g(\d{1,9})$/.exec(name) ?? [];
  if (stem === undefined) return [adopted];
  const generation = Number(digits);
  // Until a database was restored, older workers adopted a name of the ledger's own form as any other.
  if (isOwnTaskId(stem)) return [{ taskId: stem, generation }, adopted];
  return generation > 0 ? [{ taskId: adoptedTaskId(queue, stem), generation }, adopted] : [adopted];
}

/**
 * The record that a delivered task gets where it has none. A name of the ledger's own form is of a task whose record is
 * gone, as after a restore: it keeps its id, and so the keys that providers know its calls by. Any other name is that of a
 * producer without the ledger, delivered as it was made.
 */
export function adoptedAs(queue: string, name: string): TaskCandidate {
  const candidates = candidatesOf(queue, name);
  const own = candidates.find(({ taskId }) => isOwnTaskId(taskId));
  return own ?? { taskId: adoptedTaskId(queue, name), generation: 0 };
}
