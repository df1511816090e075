import { cloudTaskName, type TaskRecord } from '@waybill/task-runtime/operator';

/**
 * Delivers a task to the worker as Cloud Tasks does.
 * @param changes of its body and generation; `retryCount` as Cloud Tasks tells it, default: not told
 */
export function deliverTask(
  workerUrl: string,
  taskId: string,
  record: TaskRecord,
  changes: { body?: unknown; generation?: number; retryCount?: number },
): Promise<Response> {
  const { contract, version, queue, payload } = record;
  const { body, generation = record.generation, retryCount } = changes;
  return fetch(`${workerUrl}/tasks/${contract}/v${version}`, {
    method: 'POST',
    headers: {
      'Content-Type': 'application/json',
      'X-AppEngine-QueueName': queue,
      'X-AppEngine-TaskName': cloudTaskName(taskId, generation),
      ...(retryCount !== undefined && { 'X-AppEngine-TaskRetryCount': String(retryCount) }),
    },
    body: body === undefined ? payload : JSON.stringify(body),
  });
}
