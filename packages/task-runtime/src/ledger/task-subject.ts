import { createHash } from 'node:crypto';
import { isSubject, type TaskContract } from '@waybill/contract-kit';

/**
 * The subject of a task whose producer named none: what its contract makes of the payload, else the task itself. So it is
 * always one that follow-ups can inherit.
 */
export function ownSubject(
  taskId: string,
  payload: unknown,
  contract: Pick<TaskContract, 'subjectOf'> | undefined,
): string {
  const derived = contract?.subjectOf(payload);
  if (derived !== undefined) return derived;
  const subject = `tasks/${taskId}`;
  // A producer's name may be longer than a subject.
  return isSubject(subject) ? subject : `tasks/${createHash('sha256').update(taskId).digest('hex')}`;
}
