import type { Logger } from '../logging/logger.ts';

/** What sends the signals; `process` is one. */
export interface SignalSource {
  on(signal: 'SIGTERM' | 'SIGINT', listener: () => void): unknown;
  off(signal: 'SIGTERM' | 'SIGINT', listener: () => void): unknown;
}

/** Settings of {@link createShutdown}. */
export interface ShutdownOptions {
  /** Where SIGTERM and SIGINT come from: main.ts passes `process`. Default: nowhere, only `stop` ends the service. */
  signals?: SignalSource | undefined;
  /** How long the end may take in all. Default 10 s, what Cloud Run leaves between SIGTERM and SIGKILL. */
  graceMs?: number | undefined;
  logger: Logger;
}

/** The end of a service, made before its parts so that each can be given `stopping`. */
export interface Shutdown {
  /** Aborted at the first signal or `stop`: take nothing new, hand work back. Its reason is an Error. */
  readonly stopping: AbortSignal;
  readonly graceMs: number;
  /** Starts the end, as a signal does. Later calls do nothing. */
  stop(reason: string): void;
  /** Lets go of the signals. `runService` does it at the end. */
  dispose(): void;
}

/**
 * Listens for SIGTERM and SIGINT. Signals after the first are ignored: Ctrl-C reaches a process group and its parent
 * may add a SIGTERM, and the end is bounded by `graceMs` anyway.
 */
export function createShutdown(options: ShutdownOptions): Shutdown {
  const { signals, graceMs = 10_000, logger } = options;
  const controller = new AbortController();
  const stop = (reason: string) => {
    if (controller.signal.aborted) return;
    logger.info('stopping', { reason, graceMs });
    controller.abort(new Error(`The service is stopping: ${reason}`));
  };
  const onSigterm = () => stop('SIGTERM');
  const onSigint = () => stop('SIGINT');
  signals?.on('SIGTERM', onSigterm);
  signals?.on('SIGINT', onSigint);
  return {
    stopping: controller.signal,
    graceMs,
    stop,
    dispose() {
      signals?.off('SIGTERM', onSigterm);
      signals?.off('SIGINT', onSigint);
    },
  };
}
