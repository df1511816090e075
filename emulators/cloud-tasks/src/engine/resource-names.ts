import { CloudTasksError, type ErrorDetail, helpDetail, invalidArgument } from './cloud-tasks-error.ts';

/** projects/PROJECT/locations/LOCATION */
export interface LocationName {
  readonly name: string;
  readonly project: string;
  readonly location: string;
}

/** projects/PROJECT/locations/LOCATION/queues/QUEUE */
export interface QueueName {
  readonly name: string;
  readonly parent: LocationName;
  readonly queueId: string;
}

/** projects/PROJECT/locations/LOCATION/queues/QUEUE/tasks/TASK */
export interface TaskName {
  readonly name: string;
  readonly queue: QueueName;
  readonly taskId: string;
}

/** Methods of the API, with the IAM permission that the service checks for each. */
const PERMISSIONS = {
  ListQueues: 'queues.list',
  GetQueue: 'queues.get',
  CreateQueue: 'queues.create',
  UpdateQueue: 'queues.update',
  DeleteQueue: 'queues.delete',
  PurgeQueue: 'queues.purge',
  PauseQueue: 'queues.pause',
  ResumeQueue: 'queues.resume',
  ListTasks: 'tasks.list',
  GetTask: 'tasks.get',
  CreateTask: 'tasks.create',
  DeleteTask: 'tasks.delete',
  RunTask: 'tasks.run',
  BufferTask: 'tasks.create',
  BatchCreateTasks: 'tasks.create',
  BatchDeleteTasks: 'tasks.delete',
  // As recorded, all three name the permission to list queues.
  GetIamPolicy: 'queues.list',
  SetIamPolicy: 'queues.list',
  TestIamPermissions: 'queues.list',
  GetOperation: 'operations.get',
} as const;

/** The method that a name was given to: refusals of malformed names tell it. */
export type CalledMethod = keyof typeof PERMISSIONS;

/** Methods that refuse a malformed name by a text of their own. */
type CmekMethod = 'GetCmekConfig' | 'UpdateCmekConfig';

const LOCATION = /^projects\/([A-Za-z0-9:.-]+)\/locations\/([A-Za-z0-9-]+)$/;
const QUEUE = /^(projects\/[^/]+\/locations\/[^/]+)\/queues\/([^/]*)$/;
const TASK = /^(projects\/[^/]+\/locations\/[^/]+\/queues\/[^/]*)\/tasks\/([^/]*)$/;
const OPERATION = /^projects\/[A-Za-z0-9:.-]+\/locations\/[A-Za-z0-9-]+\/operations\/[^/]+$/;
const CMEK_CONFIG = /^(projects\/[^/]+\/locations\/[^/]+)\/cmekConfig$/;
const QUEUE_ID = /^[A-Za-z0-9-]{1,100}$/;
const TASK_ID = /^[A-Za-z0-9_-]{1,500}$/;

const REFERENCE = 'https://cloud.google.com/tasks/docs/reference/rest/v2/projects.locations.queues';
const QUEUE_NAME_URL = `${REFERENCE}#Queue.FIELDS.name`;
const TASK_NAME_URL = `${REFERENCE}.tasks#Task.FIELDS.name`;

/** @returns undefined where `name` is no location's name */
export function parseLocationName(name: string): LocationName | undefined {
  const match = LOCATION.exec(name);
  return match ? { name, project: match[1] ?? '', location: match[2] ?? '' } : undefined;
}

/** @returns undefined where `name` is no queue's name */
export function parseQueueName(name: string): QueueName | undefined {
  const parsed = queueShape(name);
  return parsed && QUEUE_ID.test(parsed.queueId) ? parsed : undefined;
}

/** @throws {CloudTasksError} for a name that is no location's */
export function requireLocationName(name: string, method: CalledMethod): LocationName {
  return parseLocationName(name) ?? refuseName(name, method);
}

/** @throws {CloudTasksError} for a name that is no queue's */
export function requireQueueName(name: string, method: CalledMethod): QueueName {
  return checkQueueId(queueShape(name) ?? refuseName(name, method));
}

/** @throws {CloudTasksError} for a name that is no task's */
export function requireTaskName(name: string, method: CalledMethod): TaskName {
  return checkTaskIds(taskShape(name) ?? refuseName(name, method));
}

/** @throws {CloudTasksError} for a name that is no operation's */
export function requireOperationName(name: string): string {
  return OPERATION.test(name) ? name : refuseName(name, 'GetOperation');
}

/** The location of a CMEK configuration. @throws {CloudTasksError} for a name that is none's */
export function requireCmekConfigName(name: string, method: CmekMethod): LocationName {
  const location = parseLocationName(CMEK_CONFIG.exec(name)?.[1] ?? '');
  if (location !== undefined) return location;
  refuseOutsideOfProjects(name, method);
  throw invalidArgument(
    'CMEK Config name must be formatted: "projects/<PROJECT_ID>/locations/<LOCATION_ID>/cmekConfig".',
  );
}

/** The name of a queue to create, for which the service has a text of its own. @throws {CloudTasksError} */
export function requireNewQueueName(name: string): QueueName {
  const parsed = queueShape(name);
  if (parsed !== undefined) return checkQueueId(parsed);
  throw invalidArgument(
    'Queue name must be formatted: "projects/<PROJECT_ID>/locations/<LOCATION_ID>/queues/<QUEUE_ID>".',
    helpDetail('Definition of queue name', QUEUE_NAME_URL),
  );
}

/** The name of a task to create, for which the service has a text of its own. @throws {CloudTasksError} */
export function requireNewTaskName(name: string): TaskName {
  const parsed = taskShape(name);
  if (parsed !== undefined) return checkTaskIds(parsed);
  throw invalidArgument(
    'Task name must be formatted: "projects/<PROJECT_ID>/locations/<LOCATION_ID>/queues/<QUEUE_ID>/tasks/<TASK_ID>".',
    helpDetail('Definition of task name', TASK_NAME_URL),
  );
}

function queueShape(name: string): QueueName | undefined {
  const match = QUEUE.exec(name);
  const parent = match && parseLocationName(match[1] ?? '');
  return match && parent ? { name, parent, queueId: match[2] ?? '' } : undefined;
}

function taskShape(name: string): TaskName | undefined {
  const match = TASK.exec(name);
  const queue = match && queueShape(match[1] ?? '');
  return match && queue ? { name, queue, taskId: match[2] ?? '' } : undefined;
}

function checkQueueId(name: QueueName): QueueName {
  if (QUEUE_ID.test(name.queueId)) return name;
  throw invalidArgument(
    `Queue ID "${name.queueId}" can contain only letters ([A-Za-z]), numbers ([0-9]), or hyphens (-). Queue ID must be between 1 and 100 characters.`,
    helpDetail('Definition of queue ID', QUEUE_NAME_URL),
  );
}

function checkTaskIds(name: TaskName): TaskName {
  checkQueueId(name.queue);
  if (TASK_ID.test(name.taskId)) return name;
  throw invalidArgument(
    `Task ID "${name.taskId}" can contain only letters ([A-Za-z]), numbers ([0-9]), hyphens (-), or underscores (_). Task ID must between 1 and 500 characters.`,
    helpDetail('Definition of task ID', TASK_NAME_URL),
  );
}

/** Refuses a name of the wrong shape with the text and details of the service. @throws {CloudTasksError} always */
function refuseName(name: string, method: CalledMethod): never {
  refuseOutsideOfProjects(name, method);
  throw new CloudTasksError(
    'PERMISSION_DENIED',
    `The principal (user or service account) lacks IAM permission "cloudtasks.${PERMISSIONS[method]}" for the resource "${name}" (or the resource may not exist).`,
  );
}

/** @throws {CloudTasksError} for an empty name, and for one that is in no project */
function refuseOutsideOfProjects(name: string, method: CalledMethod | CmekMethod): void {
  if (name === '') {
    const service =
      method === 'GetOperation' ? 'google.longrunning.Operations' : 'google.cloud.tasks.v2.CloudTasks';
    throw invalidArgument('Invalid resource field value in the request.', {
      type: 'ErrorInfo',
      fields: {
        reason: 'RESOURCE_PROJECT_INVALID',
        domain: 'googleapis.com',
        metadata: {
          method: `${service}.${method}`,
          service: 'cloudtasks.googleapis.com',
        },
      },
    });
  }
  if (!name.startsWith('projects/')) {
    const message = `Permission denied on resource project ${name}.`;
    throw new CloudTasksError('PERMISSION_DENIED', message, consumerDetails(name, message));
  }
}

function consumerDetails(name: string, message: string): ErrorDetail[] {
  return [
    {
      type: 'ErrorInfo',
      fields: {
        reason: 'CONSUMER_INVALID',
        domain: 'googleapis.com',
        metadata: {
          consumer: `projects/${name}`,
          containerInfo: name,
          service: 'cloudtasks.googleapis.com',
        },
      },
    },
    { type: 'LocalizedMessage', fields: { locale: 'en-US', message } },
    helpDetail('Google developers console', 'https://console.developers.google.com'),
  ];
}
