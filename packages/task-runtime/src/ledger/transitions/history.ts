import type { AuditEntry, TaskEvent, TaskRecord } from '../task-record.ts';

/** Maximum number of events that a record keeps: its newest ones. */
export const MAX_HISTORY_LENGTH = 30;
const MAX_AUDIT_LENGTH = 50;

/** A record's history with one event more. */
export function withEvent(record: TaskRecord, event: TaskEvent): TaskEvent[] {
  return [...record.history, event].slice(-MAX_HISTORY_LENGTH);
}

/** A record's audit with one entry more. */
export function withAudit(record: TaskRecord, entry: AuditEntry): AuditEntry[] {
  return [...record.audit, entry].slice(-MAX_AUDIT_LENGTH);
}
