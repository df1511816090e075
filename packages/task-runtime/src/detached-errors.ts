import { AsyncLocalStorage } from 'node:async_hooks';
import type { Logger } from '@waybill/service-kit';

type OnDetachedError = (error: unknown) => void;

const running = new AsyncLocalStorage<OnDetachedError>();
const settled = new WeakSet<Promise<unknown>>();
let isListening = false;

/**
 * Runs work of an application, parts of which nobody may await: `items.forEach(async …)`. Node.js ends the process when
 * such a part fails. Here `onError` gets the error, also after the work has returned.
 */
export function withDetachedErrors<T>(work: () => Promise<T>, onError: OnDetachedError): Promise<T> {
  if (!isListening) {
    isListening = true;
    process.on('unhandledRejection', settleRejection);
  }
  return running.run(onError, work);
}

/** Runs for each rejection that nobody handles. Node.js calls it in the context of the code that was rejected. */
function settleRejection(error: unknown, promise: Promise<unknown>): void {
  // Another listener, such as a test runner's, may emit the event once more.
  if (settled.has(promise)) return;
  settled.add(promise);
  const onError = running.getStore();
  if (onError !== undefined) {
    // Work that is begun from here belongs to nobody.
    running.exit(() => onError(error));
    return;
  }
  // This listener alone switches off Node.js's own end of the process; another one decides by itself. It may have taken
  // itself away for a moment.
  setImmediate(() => {
    if (process.listenerCount('unhandledRejection') === 1) throw error;
  });
}

/** Logs an error of a part that nobody awaits, where it comes too late to fail its transaction or attempt. */
export function reportDetachedError(
  logger: Logger,
  error: unknown,
  task: { readonly taskId?: string; readonly contract?: string },
): void {
  logger.error('code that nobody awaits failed', {
    event: 'task.detached-error',
    ...task,
    error,
    remedy: 'await everything that a handler or the work of a transaction starts',
  });
}
