import type { TaskRecord } from '../task-record.ts';

/** The code of an attempt that Firestore could not commit beside the transactions of others. */
export const CONTENTION = 'CONTENTION';

/** The number of attempts, as far as the history keeps them, that were handed back over contention. */
export function contentionCount({ history }: Pick<TaskRecord, 'history'>): number {
  return history.filter(({ event, code }) => event === 'handed-back' && code === CONTENTION).length;
}
