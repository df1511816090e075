import { withTimeout } from '../process/with-timeout.ts';
import { ServiceError } from './service-error.ts';

/** What the health routes ask. */
export interface HealthChecks {
  /** Rejects while the service can't serve. Default: always able. */
  readiness?: () => Promise<void>;
  /** Loads and connects what the first request would wait for. Default: nothing. */
  warmup?: () => Promise<void>;
  /** How long `readiness` may take. Default 2 s: callers poll every few seconds. */
  readinessTimeoutMs?: number;
  /** How long `warmup` may take. Default 60 s. */
  warmupTimeoutMs?: number;
  /** Aborted once the service is about to end: it is then not ready. */
  stopping: AbortSignal;
}

type HealthRoute = () => Promise<{ status: string }>;

/**
 * The health routes by path, for GET and HEAD: `/healthz` (the process answers), `/readyz` (it can serve),
 * `/_ah/warmup` (loads its clients) and `/_ah/start` (basic and manual scaling ask it once). A failed check answers
 * 503 and says no more than its code; the reason is logged.
 */
export function createHealthRoutes(checks: HealthChecks): ReadonlyMap<string, HealthRoute> {
  const { readiness, warmup, readinessTimeoutMs = 2_000, warmupTimeoutMs = 60_000, stopping } = checks;
  const checkReadiness = shared(() =>
    bounded(async () => readiness?.(), readinessTimeoutMs, 'NOT_READY', 'The readiness check'),
  );
  const runWarmup = shared(() =>
    bounded(async () => warmup?.(), warmupTimeoutMs, 'WARMUP_FAILED', 'The warm-up'),
  );
  return new Map<string, HealthRoute>([
    ['/healthz', async () => ({ status: 'alive' })],
    [
      '/readyz',
      async () => {
        if (stopping.aborted) throw unavailable('STOPPING', 'The service is stopping');
        await checkReadiness();
        return { status: 'ready' };
      },
    ],
    [
      '/_ah/warmup',
      async () => {
        await runWarmup();
        return { status: 'warm' };
      },
    ],
    ['/_ah/start', async () => ({ status: 'started' })],
  ]);
}

function unavailable(code: string, message: string, cause?: unknown): ServiceError {
  return new ServiceError({ code, status: 503, message, retryable: true, cause });
}

// Requests that come while a check runs share its outcome: slow checks must not pile up.
function shared(check: () => Promise<void>): () => Promise<void> {
  let running: Promise<void> | undefined;
  return () => {
    running ??= check().finally(() => {
      running = undefined;
    });
    return running;
  };
}

async function bounded(
  check: () => Promise<void>,
  timeoutMs: number,
  code: string,
  what: string,
): Promise<void> {
  const checking = check().catch((error: unknown) => {
    throw unavailable(code, `${what} failed`, error);
  });
  await withTimeout(checking, timeoutMs, () => {
    throw unavailable(code, `${what} took longer than ${timeoutMs} ms`);
  });
}
