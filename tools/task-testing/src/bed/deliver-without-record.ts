import type { Catalogue, TaskContract } from '@waybill/contract-kit';
import { adoptedAs, randomTaskId } from '@waybill/task-runtime/internal';

/** Delivers a task to the worker as Cloud Tasks does one that has no record. */
export async function deliverWithoutRecord(
  { workerUrl, catalogue }: { workerUrl: string; catalogue: Catalogue },
  { path, queue }: Pick<TaskContract, 'path' | 'queue'>,
  body: unknown,
  options: { name?: string; retryCount?: number },
): Promise<{ status: number; taskId: string }> {
  const { name = `by-hand-${randomTaskId()}`, retryCount } = options;
  const physicalQueue = catalogue.physicalQueueOf(queue, randomTaskId());
  const { status } = await fetch(`${workerUrl}${path}`, {
    method: 'POST',
    headers: {
      'Content-Type': 'application/json',
      'X-AppEngine-QueueName': physicalQueue,
      'X-AppEngine-TaskName': name,
      ...(retryCount !== undefined && { 'X-AppEngine-TaskRetryCount': String(retryCount) }),
    },
    body: JSON.stringify(body),
  });
  return { status, taskId: adoptedAs(physicalQueue, name).taskId };
}
