import { cloudTaskName, type TaskRecord } from '@waybill/task-runtime/operator';

/** Delivers a task to the worker as Cloud Tasks does. @param changes of its body, its generation, or both */
export function deliverTask(
  workerUrl: string,
  taskId: string,
  record: TaskRecord,
  changes: { body?: unknown; generation?: number },
): Promise<Response> {
  const { contract, version, queue, payload } = record;
  const { body, generation = record.generation } = changes;
  return fetch(`${workerUrl}/tasks/${contract}/v${version}`, {
    method: 'POST',
    headers: {
      'Content-Type': 'application/json',
      'X-AppEngine-QueueName': queue,
      'X-AppEngine-TaskName': cloudTaskName(taskId, generation),
    },
    body: body === undefined ? payload : JSON.stringify(body),
  });
}
