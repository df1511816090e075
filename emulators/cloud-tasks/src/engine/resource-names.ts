import { type CloudTasksError, invalidArgument } from './cloud-tasks-error.ts';

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

const LOCATION = /^projects\/([A-Za-z0-9:.-]+)\/locations\/([A-Za-z0-9-]+)$/;
const QUEUE = /^(projects\/[^/]+\/locations\/[^/]+)\/queues\/([A-Za-z0-9-]{1,100})$/;
const TASK = /^(projects\/[^/]+\/locations\/[^/]+\/queues\/[^/]+)\/tasks\/(.*)$/s;
const TASK_ID = /^[A-Za-z0-9_-]{1,500}$/;

/** @returns undefined where `name` is no location's name */
function parseLocationName(name: string): LocationName | undefined {
  const match = LOCATION.exec(name);
  return match ? { name, project: match[1] ?? '', location: match[2] ?? '' } : undefined;
}

/** @returns undefined where `name` is no queue's name */
export function parseQueueName(name: string): QueueName | undefined {
  const match = QUEUE.exec(name);
  const parent = match && parseLocationName(match[1] ?? '');
  return match && parent ? { name, parent, queueId: match[2] ?? '' } : undefined;
}

/** @throws {CloudTasksError} the text that the service has for malformed parents */
export function requireLocationName(name: string): LocationName {
  const parsed = parseLocationName(name);
  if (parsed === undefined) throw malformedParent();
  return parsed;
}

/** A queue's name where it is what the request is about (GetQueue, CreateQueue, …). @throws {CloudTasksError} */
export function requireQueueName(name: string): QueueName {
  const parsed = parseQueueName(name);
  if (parsed === undefined) {
    throw invalidArgument(
      'Queue name must be formatted: "projects/<PROJECT_ID>/locations/<LOCATION_ID>/queues/<QUEUE_ID>".',
      {
        description: 'Definition of queue name',
        url: 'https://cloud.google.com/tasks/docs/reference/rest/v2/projects.locations.queues#Queue.FIELDS.name',
      },
    );
  }
  return parsed;
}

/** A queue's name where it is the parent (CreateTask, ListTasks). @throws {CloudTasksError} */
export function requireQueueParent(name: string): QueueName {
  const parsed = parseQueueName(name);
  if (parsed === undefined) throw malformedParent();
  return parsed;
}

/**
 * A task's name. Its id is judged apart from the rest, as the service has a text for each.
 * @throws {CloudTasksError}
 */
export function requireTaskName(name: string): TaskName {
  const match = TASK.exec(name);
  const queue = match && parseQueueName(match[1] ?? '');
  if (!match || !queue) {
    throw invalidArgument(
      'Task name must be formatted: "projects/<PROJECT_ID>/locations/<LOCATION_ID>/queues/<QUEUE_ID>/tasks/<TASK_ID>"',
    );
  }
  const taskId = match[2] ?? '';
  if (!TASK_ID.test(taskId)) {
    throw invalidArgument(
      `Task ID "${taskId}" can contain only letters ([A-Za-z]), numbers ([0-9]), hyphens (-), or underscores (_). Task ID must between 1 and 500 characters.`,
      {
        description: 'Definition of task ID',
        url: 'https://cloud.google.com/tasks/docs/reference/rest/v2/projects.locations.queues.tasks#Task.FIELDS.name',
      },
    );
  }
  return { name, queue, taskId };
}

function malformedParent(): CloudTasksError {
  return invalidArgument('Invalid resource field value in the request.');
}
