import type { TaskClient, TaskSummary } from '@waybill/task-runtime';

/** A task as an order's answers tell of it. */
export interface ShownTask extends TaskSummary {
  /** When it is to be tried again, where its last attempt failed and Cloud Tasks has told that. */
  readonly nextAttemptAt?: Date;
}

/** More than so many questions at once would keep an answer waiting. */
const MAX_QUESTIONS = 10;

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
): Promise<ShownTask[]> {
  const asked = new Set(tasks.filter(waitsForRetry).slice(0, MAX_QUESTIONS));
  return Promise.all(
    tasks.map(async (task): Promise<ShownTask> => {
      if (!asked.has(task)) return task;
      const { notBefore, changedAt } = task;
      const isOwnDelay = notBefore !== undefined && notBefore > changedAt;
      const nextAttemptAt = isOwnDelay ? notBefore : await taskClient.scheduledAt(task);
      // An older time is that of the attempt that failed.
      return nextAttemptAt !== undefined && nextAttemptAt > changedAt ? { ...task, nextAttemptAt } : task;
    }),
  );
}
