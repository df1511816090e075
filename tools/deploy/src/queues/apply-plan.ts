import { formatValue } from '@waybill/google-config';
import type { CloudQueue, CloudQueues } from './cloud-queues.ts';
import { isForAllQueues } from './explain-service-error.ts';
import { differences, type QueueChange, type QueuePlan } from './make-queue-plan.ts';

/** gRPC's. */
const NOT_FOUND = 5;

/** The outcome of applying a plan. */
export interface ApplyReport {
  readonly done: number;
  readonly failed: number;
  /** Left undone, for it was told to stop, or a failure that no other queue would have been spared. */
  readonly notTried: readonly string[];
}

/**
 * Does what a plan says, queue by queue. A queue that fails doesn't keep the others from being done, unless they would
 * fail of the same.
 * @param options.progress is told each queue's outcome, once
 * @param options.explain an error of Cloud Tasks in words
 * @param options.stopping when aborted, the queue at hand is finished, and no other begun
 */
export async function applyPlan(
  { changes }: QueuePlan,
  queues: CloudQueues,
  options: {
    progress: (line: string) => void;
    explain: (error: unknown) => string;
    stopping: AbortSignal;
  },
): Promise<ApplyReport> {
  const { progress, explain, stopping } = options;
  const notTried: string[] = [];
  let done = 0;
  let failed = 0;
  let failsForAll = false;
  for (const [index, change] of changes.entries()) {
    if (stopping.aborted || failsForAll) {
      notTried.push(change.name);
      continue;
    }
    const step = `[${index + 1}/${changes.length}] ${change.name}`;
    try {
      progress(`${step}: ${await applyChange(change, queues)}`);
      done += 1;
    } catch (error) {
      failed += 1;
      failsForAll = isForAllQueues(error);
      progress(`${step}: FAILED to ${change.kind}: ${explain(error)}`);
    }
  }
  return { done, failed, notTried };
}

async function applyChange(change: QueueChange, queues: CloudQueues): Promise<string> {
  const { kind, name } = change;
  if (kind === 'create') {
    const isPaused = change.queue.state === 'PAUSED';
    await queues.create(name, change.queue.values);
    checkApplied(change, await readCreated(name, queues));
    if (isPaused) await pause(name, queues);
    return isPaused ? 'created, paused' : 'created';
  }
  if (kind === 'pause') {
    await pause(name, queues);
    return 'paused';
  }
  const { fields, queue } = change;
  const paths = fields.map(({ field }) => field.path);
  checkApplied(change, await queues.update(name, queue.values, paths));
  return `updated ${paths.join(', ')}`;
}

/** @throws {Error} if the queue still runs */
async function pause(name: string, queues: CloudQueues): Promise<void> {
  const { state } = await queues.pause(name);
  if (state === 'RUNNING') throw new Error('Cloud Tasks took the pause, but the queue still runs');
}

/** @throws {Error} if a queue isn't there that was just made: some names are taken without a queue coming of it */
async function readCreated(name: string, queues: CloudQueues): Promise<CloudQueue> {
  try {
    return await queues.get(name);
  } catch (error) {
    if ((error as { code?: unknown }).code !== NOT_FOUND) throw error;
    throw new Error(
      'Cloud Tasks took it, but does not have it yet: plan again in a minute. If a queue of this name was deleted in the last days, it may take as long to come, or need another name',
      { cause: error },
    );
  }
}

/** @throws {Error} if the queue is not as it was asked for: somebody changed it meanwhile, or the service rounds */
function checkApplied(change: Extract<QueueChange, { queue: unknown }>, found: CloudQueue): void {
  const other = differences(change.queue.values, found.values);
  if (other.length === 0) return;
  const texts = other.map(
    ({ field, from, to }) =>
      `${field.path} is ${formatValue(field, from)} instead of ${formatValue(field, to)}`,
  );
  throw new Error(`Cloud Tasks took it, but ${texts.join(', ')}; plan again`);
}
