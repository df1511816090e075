import type { Transaction } from '@google-cloud/firestore';
import type { FoundTask } from './found-task.ts';
import type { ClaimResult, SettledOverdue } from './ledger-results.ts';
import type { RecordProblem } from './record-form.ts';
import { toTaskUpdate } from './task-document.ts';
import { shardOf } from './task-record.ts';
import {
  type CorruptDeath,
  RECORD_CORRUPT,
  recheckUnreadable,
  settleUnreadable,
} from './transitions/unreadable.ts';

/** Settles a delivery of a task whose record can't be used. */
export function claimUnreadable(
  transaction: Transaction,
  { taskId, ref, record, nowMs }: FoundTask,
  problem: RecordProblem,
): Extract<ClaimResult, { outcome: 'wait' | 'drop' | 'dead' }> {
  const { subject } = record;
  const settled = settleUnreadable(problem, record.state, nowMs);
  if (settled.outcome === 'wait') {
    return { outcome: 'wait', taskId, subject, reason: 'unknown-record', problem: problem.message };
  }
  if (settled.outcome === 'drop') return { outcome: 'drop', taskId, subject, reason: 'terminal' };
  transaction.update(ref, corruptDeathUpdate(taskId, settled.death));
  return { outcome: 'dead', taskId, record: { ...record, ...settled.death }, enqueued: [] };
}

/** Settles an overdue task whose record can't be used: a corrupt one is dead, another comes up again later. */
export function settleUnreadableOverdue(
  transaction: Transaction,
  { taskId, ref, record, nowMs }: FoundTask,
  problem: RecordProblem,
): SettledOverdue {
  // A due time of another form says nothing: it is due now.
  if ((record.dueAtMs ?? nowMs) > nowMs) return { outcome: 'skip', toSend: [] };
  const settled = settleUnreadable(problem, record.state, nowMs);
  const { message } = problem;
  if (settled.outcome === 'dead') {
    transaction.update(ref, corruptDeathUpdate(taskId, settled.death));
    return { outcome: 'dead', toSend: [], reason: { code: RECORD_CORRUPT, message } };
  }
  // At the head of its index it would be read with each sweep.
  const next = settled.outcome === 'drop' ? { dueAtMs: null } : recheckUnreadable(nowMs);
  transaction.update(ref, toTaskUpdate(next));
  if (settled.outcome === 'drop') return { outcome: 'skip', toSend: [] };
  return { outcome: 'unreadable', toSend: [], reason: { code: 'RECORD_UNREADABLE', message } };
}

/** A corrupt record's death. Its shard is put right: the list of dead letters finds none with another. */
function corruptDeathUpdate(taskId: string, death: CorruptDeath): Record<string, unknown> {
  return toTaskUpdate({ ...death, shard: shardOf(taskId) });
}
