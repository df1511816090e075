import type { Logger } from '@waybill/service-kit';

/**
 * Logs a call that came after its transaction or attempt was over. An error thrown there would reach nobody and end the
 * process.
 * @param call.message the call, its place and the remedy, without payload values
 */
export function reportLateCall(
  logger: Logger,
  call: { readonly code: string; readonly message: string },
  task: { readonly taskId?: string; readonly contract?: string },
): void {
  logger.error('a call came too late, and had no effect', {
    event: 'task.late-call',
    code: call.code,
    ...task,
    reason: call.message,
  });
}
