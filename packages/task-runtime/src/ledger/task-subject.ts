import { createHash } from 'node:crypto';
import { isSubject, type TaskContract } from '@waybill/contract-kit';
import type { TaskRecord } from './task-record.ts';

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

/** A task's subject. Records that older workers have adopted have none of their own. */
export function subjectOfTask(
  taskId: string,
  { subject, payload }: Pick<TaskRecord, 'subject' | 'payload'>,
  contract: Pick<TaskContract, 'subjectOf'> | undefined,
): string {
  return subject === '' ? ownSubject(taskId, JSON.parse(payload), contract) : subject;
}
