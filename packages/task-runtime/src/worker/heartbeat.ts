import type { Logger } from '@waybill/service-kit';
import { LostAttemptError } from '../errors.ts';

/**
 * Gives an attempt's signs of life in intervals.
 * @param options.beat gives one
 * @param options.isSettled whether the attempt has ended: a beat that its end overtakes fails, and rightly so
 * @param options.onLost called when the task is no longer this attempt's
 * @returns gives one at once, unless one is under way; and stops it
 */
export function startHeartbeat(options: {
  beat: () => Promise<void>;
  logger: Logger;
  intervalMs: number;
  isSettled: () => boolean;
  onLost: (error: LostAttemptError) => void;
}): { beatNow: () => void; stop: () => void } {
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
  const beatNow = (): void => {
    // One at a time: beside each other they would only make each other's transaction wait.
    if (beating) return;
    beating = true;
    void beat().finally(() => {
      beating = false;
    });
  };
  const timer = setInterval(beatNow, options.intervalMs);
  return { beatNow, stop: () => clearInterval(timer) };
}
