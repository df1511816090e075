import type { Logger } from '@waybill/service-kit';
import type { ContentionError } from '../errors.ts';
import type { ClaimResult, Settled } from '../ledger/ledger-results.ts';
import type { TaskDelivery } from './task-delivery.ts';

/** The response to a delivery. Cloud Tasks delivers again after anything but 2xx. */
export interface DeliveryResponse {
  readonly status: 200 | 409 | 500;
  readonly outcome: string;
}

/** Logs a delivery that began no attempt, and chooses its response. */
export function responseToUnclaimed(
  logger: Logger,
  claimed: Exclude<ClaimResult, { outcome: 'run' }>,
): DeliveryResponse {
  if (claimed.outcome === 'dead') {
    const { record } = claimed;
    logger.error('task dead', {
      event: 'task.dead',
      subject: record.subject,
      attempt: record.attempts,
      code: record.error?.code,
      reason: record.error?.message,
    });
    return { status: 200, outcome: 'dead' };
  }
  const { subject, reason } = claimed;
  if (reason === 'unknown-record') {
    logger.error('task waits for a worker that knows its record', {
      event: 'task.unknown-record',
      subject,
      code: 'RECORD_UNREADABLE',
      reason: claimed.outcome === 'wait' ? claimed.problem : undefined,
    });
    return { status: 409, outcome: reason };
  }
  if (reason === 'mismatch' || reason === 'name-reused') {
    logger.error('task not done: its name is that of another', {
      event: 'task.name-taken',
      subject,
      reason,
    });
  } else {
    logger.info('task delivery not needed now', { event: 'task.duplicate', subject, reason });
  }
  return { status: claimed.outcome === 'drop' ? 200 : 409, outcome: reason };
}

/** Logs the end of an attempt, and chooses the response to its delivery. */
export function responseToSettled(logger: Logger, settled: Settled, durationMs: number): DeliveryResponse {
  const { outcome, record } = settled;
  const failure = { code: record.error?.code, reason: record.error?.message };
  if (outcome === 'succeeded') {
    logger.info('task succeeded', {
      event: 'task.succeeded',
      durationMs,
      followUps: record.followUps.length,
      ...(record.outcome !== undefined && { outcome: record.outcome }),
    });
    return { status: 200, outcome };
  }
  if (outcome === 'dead') {
    logger.error('task dead', { event: 'task.dead', durationMs, ...failure });
    return { status: 200, outcome };
  }
  if (outcome === 'retry-later') {
    const notBefore = new Date(record.notBeforeMs ?? 0).toISOString();
    logger.info('task to be retried later', { event: 'task.retry', durationMs, notBefore, ...failure });
    return { status: 200, outcome };
  }
  const last = record.history.at(-1);
  const handedBack = last?.event === 'handed-back';
  const reason = handedBack ? { code: last.code } : failure;
  logger.info('task to be retried', { event: 'task.retry', durationMs, ...reason });
  return { status: handedBack ? 409 : 500, outcome: handedBack ? 'handed-back' : 'retry' };
}

/** Logs a delivery whose record other transactions hold, and has Cloud Tasks deliver it again after its backoff. */
export function responseToContention(
  logger: Logger,
  { taskName, queueName }: TaskDelivery,
  error: ContentionError,
): DeliveryResponse {
  logger.info('task delivery met too much contention', {
    event: 'task.contention',
    taskName,
    queue: queueName,
    code: error.code,
    reason: error.message,
  });
  return { status: 409, outcome: 'contention' };
}
