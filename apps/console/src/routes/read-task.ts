import {
  type RecordProblem,
  TaskNotFoundError,
  type TaskRecord,
  type TaskSearch,
} from '@waybill/task-runtime/operator';

/**
 * A task's record.
 * @throws {TaskNotFoundError}
 */
export async function readTask(
  search: TaskSearch,
  taskId: string,
): Promise<{ record: TaskRecord; readAtMs: number; problem: RecordProblem | undefined }> {
  const found = await search.inspect(taskId);
  if (found === undefined) throw new TaskNotFoundError(taskId.slice(0, 100));
  return found;
}
