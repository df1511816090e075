import type { protos } from '@google-cloud/tasks';
import type { Type } from 'protobufjs';
import type { CloudTasksEngine } from '../engine/cloud-tasks-engine.ts';
import type { QueueSettingsInput } from '../engine/queues/queue-settings.ts';
import type { QueueRecord } from '../engine/storage/queue-store.ts';
import { parseQueueFilter } from './queue-filter.ts';
import { readQueueSettings, writeQueue } from './queue-message.ts';
import { readTask, readView, writeTask } from './task-message.ts';
import { mergeByMask } from './update-mask.ts';

/** A method of the API on plain messages: whatever protocol they come by, they are decoded already. */
export type UnaryMethod = (request: object) => Promise<object>;

// A namespace of types has no other way to be given a short name than one by one.
type ListQueuesRequest = protos.google.cloud.tasks.v2.IListQueuesRequest;
type CreateQueueRequest = protos.google.cloud.tasks.v2.ICreateQueueRequest;
type UpdateQueueRequest = protos.google.cloud.tasks.v2.IUpdateQueueRequest;
type ListTasksRequest = protos.google.cloud.tasks.v2.IListTasksRequest;
type CreateTaskRequest = protos.google.cloud.tasks.v2.ICreateTaskRequest;
type TaskRequest = protos.google.cloud.tasks.v2.IGetTaskRequest;
interface NamedRequest {
  name?: string | null;
}

/**
 * The methods of google.cloud.tasks.v2.CloudTasks over the engine, by name; those that aren't here aren't
 * implemented. Each resolves, or throws, only once what came before it is on the disk.
 * @param hostSuffixOf what follows the project in App Engine hosts, by location
 * @param queueType the Queue message, by which filters are read
 */
export function createCloudTasksMethods(
  engine: CloudTasksEngine,
  hostSuffixOf: (location: string) => string,
  queueType: Type,
): Record<string, UnaryMethod> {
  const toMessage = (record: QueueRecord): object => writeQueue(record, hostSuffixOf);
  const named =
    (act: (name: string) => object) =>
    async ({ name }: NamedRequest): Promise<object> =>
      act(name ?? '');

  const methods = {
    ListQueues: async (request: ListQueuesRequest) => {
      const fits = parseQueueFilter(request.filter ?? '', queueType);
      const { queues, nextPageToken } = engine.listQueues(request.parent ?? '', pageOf(request), (record) =>
        fits(toMessage(record) as Record<string, unknown>),
      );
      return { queues: queues.map(toMessage), nextPageToken };
    },
    GetQueue: named((name) => toMessage(engine.getQueue(name))),
    CreateQueue: async ({ parent, queue }: CreateQueueRequest) => {
      const settings = (): QueueSettingsInput => readQueueSettings(queue ?? {});
      return toMessage(engine.createQueue(parent ?? '', queue?.name ?? '', settings));
    },
    UpdateQueue: async ({ queue, updateMask }: UpdateQueueRequest) => {
      const merge = (current: QueueSettingsInput): QueueSettingsInput =>
        mergeByMask(
          updateMask ? (updateMask.paths ?? []) : undefined,
          readQueueSettings(queue ?? {}),
        )(current);
      return toMessage(engine.updateQueue(queue?.name ?? '', merge));
    },
    DeleteQueue: named((name) => {
      engine.deleteQueue(name);
      return {};
    }),
    PurgeQueue: named((name) => toMessage(engine.purgeQueue(name))),
    PauseQueue: named((name) => toMessage(engine.setPaused(name, true))),
    ResumeQueue: named((name) => toMessage(engine.setPaused(name, false))),
    ListTasks: async (request: ListTasksRequest) => {
      const { tasks, nextPageToken } = engine.listTasks(request.parent ?? '', pageOf(request));
      const view = readView(request.responseView) === 'FULL' ? 'FULL' : 'BASIC';
      return { tasks: tasks.map((task) => writeTask(task, view)), nextPageToken };
    },
    GetTask: async ({ name, responseView }: TaskRequest) =>
      writeTask(engine.getTask(name ?? ''), readView(responseView)),
    CreateTask: async ({ parent, task, responseView }: CreateTaskRequest) =>
      writeTask(await engine.createTask(parent ?? '', readTask(task)), readView(responseView)),
    DeleteTask: named((name) => {
      engine.deleteTask(name);
      return {};
    }),
    RunTask: async ({ name, responseView }: TaskRequest) =>
      writeTask(engine.runTask(name ?? ''), readView(responseView)),
  };
  return Object.fromEntries(
    Object.entries(methods).map(([name, method]) => [name, settled(engine, method as UnaryMethod)]),
  );
}

/** Lets an answer out, a refusal too, only once what it is based on is on the disk. */
export function settled(engine: CloudTasksEngine, method: UnaryMethod): UnaryMethod {
  return async (request) => {
    try {
      return await method(request);
    } finally {
      await engine.committed();
    }
  };
}

function pageOf(request: { pageSize?: number | null; pageToken?: string | null }): {
  size: number;
  token: string;
} {
  return { size: request.pageSize ?? 0, token: request.pageToken ?? '' };
}
