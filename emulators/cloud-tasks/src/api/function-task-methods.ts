import type { protos } from '@google-cloud/tasks';
import type { CloudTasksEngine } from '../engine/cloud-tasks-engine.ts';
import { parseQueueName } from '../engine/resource-names.ts';
import type { TargetInput } from '../engine/tasks/task-request.ts';
import type { UnaryMethod } from './api-services.ts';
import { settled } from './settled.ts';
import { readTask, writeTask } from './task-message.ts';

type CreateTaskRequest = protos.google.cloud.tasks.v2.ICreateTaskRequest;
type DeleteTaskRequest = protos.google.cloud.tasks.v2.IDeleteTaskRequest;

/**
 * The methods that firebase-admin calls of an emulator, and the API has not.
 * @param functionsUrl where the functions of the tasks are, such as http://127.0.0.1:5001
 */
export function createFunctionTaskMethods(
  engine: CloudTasksEngine,
  functionsUrl: string,
): Record<'CreateFunctionTask' | 'DeleteFunctionTask', UnaryMethod> {
  return {
    CreateFunctionTask: settled(engine, async ({ parent, task }: CreateTaskRequest) => {
      const input = readTask(task);
      const target = input.target && functionTarget(input.target, parent ?? '', functionsUrl);
      return writeTask(await engine.createTask(parent ?? '', { ...input, target }), 'BASIC');
    }),
    DeleteFunctionTask: settled(engine, async ({ name }: DeleteTaskRequest) => {
      engine.deleteTask(name ?? '');
      return {};
    }),
  };
}

/**
 * The target of a function's task. firebase-admin leaves the URL empty towards an emulator, and asks for a token
 * also where the function is served over plain http.
 */
function functionTarget(target: TargetInput, queue: string, functionsUrl: string): TargetInput {
  if (target.kind !== 'http') return target;
  return { ...target, url: target.url || functionUrl(queue, functionsUrl), allowHttpToken: true };
}

/** The URL of a queue's function in the Firebase functions emulator; '' for a malformed name, which is refused later. */
function functionUrl(queue: string, functionsUrl: string): string {
  const name = parseQueueName(queue);
  if (name === undefined) return '';
  return `${functionsUrl}/${name.parent.project}/${name.parent.location}/${name.queueId}`;
}
