import type { TaskContract } from '@waybill/contract-kit';
import type { TaskRuntime } from '@waybill/task-runtime';
import { adoptedAs, randomTaskId } from '@waybill/task-runtime/internal';

/**
 * Creates a task in Cloud Tasks alone, as gcloud or a producer without the ledger does.
 * @param name its short name in Cloud Tasks; undefined: Cloud Tasks makes one
 * @returns the id of the record that its first delivery makes
 */
export async function createTaskWithoutRecord(
  { cloudTasks, queueLocation, catalogue }: TaskRuntime,
  { path, queue, service }: Pick<TaskContract, 'path' | 'queue' | 'service'>,
  body: unknown,
  name: string | undefined,
): Promise<{ taskId: string }> {
  const { project, location } = queueLocation;
  const physicalQueue = catalogue.physicalQueueOf(queue, randomTaskId());
  const [task] = await cloudTasks.createTask({
    parent: cloudTasks.queuePath(project, location, physicalQueue),
    task: {
      ...(name !== undefined && { name: cloudTasks.taskPath(project, location, physicalQueue, name) }),
      appEngineHttpRequest: {
        httpMethod: 'POST',
        relativeUri: path,
        appEngineRouting: { service },
        headers: { 'Content-Type': 'application/json' },
        body: Buffer.from(JSON.stringify(body)),
      },
    },
  });
  return { taskId: adoptedAs(physicalQueue, task.name?.split('/').at(-1) ?? '').taskId };
}
