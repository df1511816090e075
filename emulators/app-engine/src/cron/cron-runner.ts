import { isDeepStrictEqual } from 'node:util';
import type { Clock } from '@waybill/emulator-kit';
import type { CronJob } from '@waybill/google-config';
import type { CronEvent } from '../emulator-events.ts';
import { nextRunMs } from './next-run.ts';

/** How a run ended: the status of the last answer, or what kept the request from being answered. */
export type CronResult = { status: number } | { error: string };

/** Thrown by `run()` for a job that is not in cron.yaml. */
export class UnknownCronJobError extends Error {
  override readonly name = 'UnknownCronJobError';
}

interface ScheduledJob {
  job: CronJob;
  cancel: () => void;
  /** The run that goes on, or undefined. */
  running: Promise<CronResult> | undefined;
  /** Whether the job was replaced: it is planned no more. */
  isRemoved: boolean;
}

function scheduledJob(job: CronJob): ScheduledJob {
  return { job, cancel: () => {}, running: undefined, isRemoved: false };
}

/**
 * Runs the jobs of cron.yaml on the movable clock. The next run is planned when one has ended, from the time it is then: so
 * a job never overlaps itself, and a jump of the clock past many runs makes one.
 */
export class CronRunner {
  readonly #clock: Clock;
  readonly #send: (job: CronJob, signal: AbortSignal) => Promise<number>;
  readonly #onEvent: (event: CronEvent) => void;
  #jobs: readonly ScheduledJob[];
  readonly #closing = new AbortController();

  /** @param options.send makes the GET request of a job and gives the status of its answer; rejects if there is none */
  constructor(options: {
    jobs: readonly CronJob[];
    clock: Clock;
    send: (job: CronJob, signal: AbortSignal) => Promise<number>;
    onEvent: (event: CronEvent) => void;
  }) {
    this.#clock = options.clock;
    this.#send = options.send;
    this.#onEvent = options.onEvent;
    this.#jobs = options.jobs.map(scheduledJob);
  }

  get jobs(): readonly CronJob[] {
    return this.#jobs.map(({ job }) => job);
  }

  /** Plans the first run of each job. */
  start(): void {
    for (const scheduled of this.#jobs) this.#plan(scheduled);
  }

  /** Replaces all jobs. One that stays as it is keeps its plan; a run that goes on ends by itself. */
  setJobs(jobs: readonly CronJob[]): void {
    const before = [...this.#jobs];
    const kept = jobs.map((job) => {
      const index = before.findIndex((scheduled) => isDeepStrictEqual(scheduled.job, job));
      return index < 0 ? job : (before.splice(index, 1)[0] as ScheduledJob);
    });
    for (const removed of before) {
      removed.isRemoved = true;
      removed.cancel();
    }
    this.#jobs = kept.map((one) => ('job' in one ? one : scheduledJob(one)));
    for (const [index, scheduled] of this.#jobs.entries())
      if (scheduled !== kept[index]) this.#plan(scheduled);
  }

  /**
   * Runs a job now, whatever its schedule says. If it is running already, its end is awaited instead of a second run.
   * @param nameOrUrl the description or the URL of the job
   * @throws {UnknownCronJobError} if there is no such job
   */
  run(nameOrUrl: string): Promise<CronResult> {
    const found =
      this.#jobs.find(({ job }) => job.description === nameOrUrl) ??
      this.#jobs.find(({ job }) => job.url === nameOrUrl);
    if (!found) {
      const known = this.#jobs.map(({ job }) => `"${job.name}"`).join(', ') || 'none';
      throw new UnknownCronJobError(`There is no cron job "${nameOrUrl}" (jobs: ${known})`);
    }
    return this.#run(found);
  }

  /** Ends runs and plans no more. */
  async close(): Promise<void> {
    this.#closing.abort();
    for (const { cancel } of this.#jobs) cancel();
    await Promise.all(this.#jobs.map(({ running }) => running));
  }

  #plan(scheduled: ScheduledJob): void {
    scheduled.cancel();
    if (this.#closing.signal.aborted || scheduled.isRemoved) return;
    const { runs, timeZone } = scheduled.job;
    const atMs = nextRunMs(runs, this.#clock.nowMs(), timeZone);
    if (atMs === undefined) return;
    scheduled.cancel = this.#clock.at(atMs, () => void this.#run(scheduled));
  }

  #run(scheduled: ScheduledJob): Promise<CronResult> {
    scheduled.running ??= this.#runWithRetries(scheduled.job).finally(() => {
      scheduled.running = undefined;
      this.#plan(scheduled);
    });
    return scheduled.running;
  }

  async #runWithRetries(job: CronJob): Promise<CronResult> {
    const event = (state: CronEvent['state'], detail: string) =>
      this.#onEvent({ job: job.name, state, detail });
    const startedMs = this.#clock.nowMs();
    event('started', `GET ${job.url}`);
    for (let retries = 0; ; retries += 1) {
      const result = await this.#try(job);
      if ('status' in result && result.status >= 200 && result.status < 300) {
        event('succeeded', `answered with ${result.status}`);
        return result;
      }
      const reason = 'status' in result ? `answered with ${result.status}` : result.error;
      const delayMs = this.#retryDelayMs(job, retries, startedMs);
      if (delayMs === undefined || this.#closing.signal.aborted) {
        event('failed', reason);
        return result;
      }
      const againAtMs = this.#clock.nowMs() + delayMs;
      event('retrying', `${reason}; again in ${delayMs / 1000} s`);
      await this.#waitUntil(againAtMs);
    }
  }

  async #try(job: CronJob): Promise<CronResult> {
    try {
      return { status: await this.#send(job, this.#closing.signal) };
    } catch (error) {
      return { error: error instanceof Error ? error.message : String(error) };
    }
  }

  /** Undefined when there is no further try. */
  #retryDelayMs({ retry }: CronJob, retries: number, startedMs: number): number | undefined {
    if (!retry || retries >= retry.limit) return undefined;
    // First doubled, then grown by the same step each time, as Cloud Tasks does with the same settings.
    const doublings = Math.min(retries, retry.maxDoublings);
    const step = retry.minBackoffMs * 2 ** doublings;
    const delayMs = Math.min(step * (1 + Math.max(0, retries - retry.maxDoublings)), retry.maxBackoffMs);
    const isTooLate =
      retry.ageLimitMs !== undefined && this.#clock.nowMs() + delayMs > startedMs + retry.ageLimitMs;
    return isTooLate ? undefined : delayMs;
  }

  async #waitUntil(atMs: number): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>();
    const cancel = this.#clock.at(atMs, resolve);
    this.#closing.signal.addEventListener('abort', () => resolve());
    await promise;
    cancel();
  }
}
