import type { Logger } from '@waybill/service-kit';
import { LostAttemptError } from '../errors.ts';

/**
 * Renews an attempt's lease in intervals.
 * @param options.beat renews it once
 * @param options.isSettled whether the attempt has ended: a beat that its end overtakes fails, and rightly so
 * @param options.onLost called when the task is no longer this attempt's
 * @returns stops it
 */
export function startHeartbeat(options: {
  beat: () => Promise<void>;
  logger: Logger;
  intervalMs: number;
  isSettled: () => boolean;
  onLost: (error: LostAttemptError) => void;
}): () => void {
  const { logger } = options;
  const beat = async (): Promise<void> => {
    try {
      await options.beat();
    } catch (error) {
      if (options.isSettled()) return;
      if (error instanceof LostAttemptError) options.onLost(error);
      else logger.warning('task heartbeat failed', { event: 'task.heartbeat-failed', error });
    }
  };
  let beating = false;
  const timer = setInterval(() => {
    // One at a time: beside each other they would only make each other's transaction wait.
    if (beating) return;
    beating = true;
    void beat().finally(() => {
      beating = false;
    });
  }, options.intervalMs);
  return () => clearInterval(timer);
}
