import { createHash, randomBytes } from 'node:crypto';

/** The id of a task without a dedupe key: 128 random bits, so that Cloud Tasks can spread the names. */
export function randomTaskId(): string {
  return randomBytes(16).toString('hex');
}

/** The id of a task with a dedupe key. The contract's version is left out: a new version is the same task. */
export function keyedTaskId(contractName: string, dedupeKey: string): string {
  return createHash('sha256').update(`${contractName}\n${dedupeKey}`).digest('hex');
}

/** The short name of a task's generation in Cloud Tasks. Each generation has its own, for names are used up. */
export function cloudTaskName(taskId: string, generation: number): string {
  return `${taskId}-g${generation}`;
}

/**
 * The short name under which Cloud Tasks has a record's task. An adopted one, which is about nothing that anybody named,
 * keeps the name that its own producer gave it until it is sent again.
 */
export function nameInCloudTasks(taskId: string, record: { generation: number; subject: string }): string {
  const { generation, subject } = record;
  return generation === 0 && subject === '' ? taskId : cloudTaskName(taskId, generation);
}

/**
 * The id of the record of a task that a producer without the ledger named: that name, but for those that Firestore
 * keeps for itself (`__x__`).
 */
export function adoptedTaskId(name: string): string {
  return /^__.*__$/.test(name) ? `task${name}` : name;
}

/**
 * Reads a name that {@link cloudTaskName} made. Undefined for any other: a task of a producer without the ledger.
 */
export function parseCloudTaskName(name: string): { taskId: string; generation: number } | undefined {
  const match = /^(.+)-g(\d{1,9})$/.exec(name);
  return match?.[1] === undefined ? undefined : { taskId: match[1], generation: Number(match[2]) };
}
