import type { protos } from '@google-cloud/tasks';
import type { CloudTasksEngine } from '../engine/cloud-tasks-engine.ts';
import { CloudTasksError } from '../engine/cloud-tasks-error.ts';
import type { QueueSettingsInput } from '../engine/queues/queue-settings.ts';
import type { QueueRecord } from '../engine/storage/queue-store.ts';
import type { UnaryMethod } from './api-services.ts';
import type { ApiVersion } from './api-version.ts';
import { createBatchMethods } from './batch-methods.ts';
import { createBufferTask } from './buffer-task.ts';
import { createCmekMethods } from './cmek-methods.ts';
import { createIamMethods } from './iam-methods.ts';
import type { MethodSurroundings } from './method-surroundings.ts';
import { parseQueueFilter } from './queue-filter.ts';
import { readQueueSettings, writeQueue } from './queue-message.ts';
import { type Mask, readMaskOf } from './read-mask.ts';
import { settled } from './settled.ts';
import { readTask, readView, type View, writeTask } from './task-message.ts';
import { mergeByMask } from './update-mask.ts';

// A namespace of types has no other way to be given a short name than one by one.
type ListQueuesRequest = protos.google.cloud.tasks.v2.IListQueuesRequest & { readMask?: Mask };
type CreateQueueRequest = protos.google.cloud.tasks.v2.ICreateQueueRequest;
type UpdateQueueRequest = protos.google.cloud.tasks.v2.IUpdateQueueRequest;
type ListTasksRequest = protos.google.cloud.tasks.v2.IListTasksRequest;
type CreateTaskRequest = protos.google.cloud.tasks.v2.ICreateTaskRequest;
type TaskRequest = protos.google.cloud.tasks.v2.IGetTaskRequest;
interface NamedRequest {
  name?: string | null;
  readMask?: Mask;
}

/**
 * The methods of one version's CloudTasks service over the engine, by name; those that aren't here aren't implemented.
 * Each resolves, or throws, only once what came before it is on the disk.
 */
export function createCloudTasksMethods(surroundings: MethodSurroundings): Record<string, UnaryMethod> {
  const { engine, version } = surroundings;
  const methods = {
    ...createQueueMethods(surroundings),
    ...createTaskMethods(engine, version),
    ...createBatchMethods(surroundings),
    ...createIamMethods(engine),
    ...createCmekMethods(engine),
    BufferTask: createBufferTask(engine, version),
  };
  return Object.fromEntries(
    Object.entries(methods).map(([name, method]) => [
      name,
      inVersion(settled(engine, method as UnaryMethod), version),
    ]),
  );
}

function createQueueMethods({ engine, version, types, hostSuffixOf }: MethodSurroundings): object {
  const queueType = types.lookup(`google.cloud.tasks.${version.name}.Queue`);
  const about = { hostSuffixOf, defaultTombstoneTtlMicros: engine.defaultTombstoneTtlMicros };
  const toMessage = (record: QueueRecord): object => version.writeQueue(writeQueue(record, about));
  const named =
    (act: (name: string) => QueueRecord) =>
    async ({ name }: NamedRequest): Promise<object> =>
      toMessage(act(name ?? ''));
  /** The queue as far as the mask wants it, with its statistics if it wants them. */
  const masked = (record: QueueRecord, mask: ReturnType<typeof readMaskOf>): object => {
    const message = toMessage(record);
    return mask(mask.wantsStats ? { ...message, stats: engine.queueStats(record.name) } : message);
  };
  return {
    ListQueues: async (request: ListQueuesRequest) => {
      const fits = parseQueueFilter(request.filter ?? '', queueType);
      const mask = readMaskOf(request.readMask, queueType);
      const { queues, nextPageToken } = engine.listQueues(request.parent ?? '', pageOf(request), (record) =>
        fits(toMessage(record) as Record<string, unknown>),
      );
      return { queues: queues.map((record) => masked(record, mask)), nextPageToken };
    },
    GetQueue: async ({ name, readMask }: NamedRequest) => {
      const record = engine.getQueue(name ?? '');
      return masked(record, readMaskOf(readMask, queueType));
    },
    CreateQueue: async ({ parent, queue }: CreateQueueRequest) => {
      const settings = (): QueueSettingsInput => readQueueSettings(version.readQueue(queue ?? {}), version);
      return toMessage(engine.createQueue(parent ?? '', queue?.name ?? '', settings));
    },
    UpdateQueue: async ({ queue, updateMask }: UpdateQueueRequest) => {
      const merge = (current: QueueSettingsInput): QueueSettingsInput => {
        const update = readQueueSettings(version.readQueue(queue ?? {}), version);
        return mergeByMask(updateMask ? (updateMask.paths ?? []) : undefined, update, version)(current);
      };
      return toMessage(engine.updateQueue(queue?.name ?? '', merge));
    },
    DeleteQueue: async ({ name }: NamedRequest) => {
      engine.deleteQueue(name ?? '');
      return {};
    },
    PurgeQueue: named((name) => engine.purgeQueue(name)),
    PauseQueue: named((name) => engine.setPaused(name, true)),
    ResumeQueue: named((name) => engine.setPaused(name, false)),
  };
}

function createTaskMethods(engine: CloudTasksEngine, version: ApiVersion): object {
  const toMessage = (...task: Parameters<typeof writeTask>): object => version.writeTask(writeTask(...task));
  return {
    ListTasks: async (request: ListTasksRequest) => {
      const { tasks, nextPageToken } = engine.listTasks(request.parent ?? '', pageOf(request));
      const view: View = readView(request.responseView) === 'FULL' ? 'FULL' : 'BASIC';
      return { tasks: tasks.map((task) => toMessage(task, view)), nextPageToken };
    },
    GetTask: async ({ name, responseView }: TaskRequest) =>
      toMessage(engine.getTask(name ?? ''), readView(responseView)),
    CreateTask: async ({ parent, task, responseView }: CreateTaskRequest) => {
      const input = readTask(task && version.readTask(task));
      return toMessage(await engine.createTask(parent ?? '', input), readView(responseView));
    },
    DeleteTask: async ({ name }: NamedRequest) => {
      engine.deleteTask(name ?? '');
      return {};
    },
    RunTask: async ({ name, responseView }: TaskRequest) =>
      toMessage(engine.runTask(name ?? ''), readView(responseView)),
  };
}

/** Names the called version in the details of refusals. */
function inVersion(method: UnaryMethod, { name }: ApiVersion): UnaryMethod {
  if (name === 'v2') return method;
  return async (request) => {
    try {
      return await method(request);
    } catch (error) {
      if (!(error instanceof CloudTasksError) || error.details.length === 0) throw error;
      const details = JSON.stringify(error.details).replace(
        '"google.cloud.tasks.v2.',
        `"google.cloud.tasks.${name}.`,
      );
      throw new CloudTasksError(error.code, error.message, JSON.parse(details));
    }
  };
}

function pageOf(request: { pageSize?: number | null; pageToken?: string | null }): {
  size: number;
  token: string;
} {
  return { size: request.pageSize ?? 0, token: request.pageToken ?? '' };
}
