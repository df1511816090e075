import type { TaskClient, TaskSummary } from '@waybill/task-runtime';

/** A task as responses about its order show it. */
export interface TaskProgress extends TaskSummary {
  /** The time of the next attempt, once the last one failed and Cloud Tasks knows the time. */
  readonly nextAttemptAt?: Date;
}

/** More lookups in Cloud Tasks would delay the response. */
const MAX_LOOKUPS = 10;

/** Whether its last attempt failed, and another is to come. */
export function waitsForRetry({ state, attempts, error }: TaskSummary): boolean {
  return state === 'pending' && attempts > 0 && error !== undefined;
}

/**
 * Adds when failed tasks are tried again. A handler's own delay is in the record; what a queue backs off to only Cloud
 * Tasks knows, and a moment later than the record: until it does, the time is left out.
 */
export async function withNextAttempts(
  tasks: readonly TaskSummary[],
  taskClient: Pick<TaskClient, 'scheduledAt'>,
): Promise<TaskProgress[]> {
  const lookups = new Set(tasks.filter(waitsForRetry).slice(0, MAX_LOOKUPS));
  return Promise.all(
    tasks.map(async (task): Promise<TaskProgress> => {
      if (!lookups.has(task)) return task;
      const { notBefore, changedAt } = task;
      const isOwnDelay = notBefore !== undefined && notBefore > changedAt;
      const nextAttemptAt = isOwnDelay ? notBefore : await taskClient.scheduledAt(task);
      // An older time is that of the attempt that failed.
      return nextAttemptAt !== undefined && nextAttemptAt > changedAt ? { ...task, nextAttemptAt } : task;
    }),
  );
}
