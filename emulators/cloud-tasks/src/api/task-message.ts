import type { protos } from '@google-cloud/tasks';
import type { Headers } from '../engine/tasks/headers.ts';
import { type Attempt, HTTP_METHODS, type HttpMethod, type Task } from '../engine/tasks/task.ts';
import type { TargetInput, TaskInput } from '../engine/tasks/task-request.ts';
import { readRetryConfig, readRouting, writeRetryConfig } from './queue-message.ts';
import { durationMicros, timestampMicros, toSecondsAndNanos } from './time-messages.ts';

type ITask = protos.google.cloud.tasks.v2.ITask;
/** The Task of the service's v2 API, of which the client library lacks a field. */
export type TaskMessage = ITask & { retryConfig?: protos.google.cloud.tasks.v2.IRetryConfig | null };
type IAttempt = protos.google.cloud.tasks.v2.IAttempt;

/** How much of a task an answer shows: BASIC leaves the body out. */
export type View = 'BASIC' | 'FULL' | 'VIEW_UNSPECIFIED';

const NO_BYTES = new Uint8Array();
const DEFAULT_DEADLINE_MICROS = 600_000_000;

/** The view that a request's `response_view` names: BASIC by default, VIEW_UNSPECIFIED for a number the enum lacks. */
export function readView(view: unknown): View {
  if (view === 'FULL' || view === 2) return 'FULL';
  return typeof view === 'number' && view > 2 ? 'VIEW_UNSPECIFIED' : 'BASIC';
}

/** A Task message as the caller gave it; output-only fields are ignored. @throws {CloudTasksError} */
export function readTask(task: TaskMessage | null | undefined): TaskInput {
  // As recorded, an absent task is refused as one without a target is.
  if (task === null || task === undefined) return { body: NO_BYTES };
  const body = task.httpRequest?.body ?? task.appEngineHttpRequest?.body;
  return {
    name: task.name ?? undefined,
    scheduleMicros: timestampMicros(task.scheduleTime),
    scheduleNanos: task.scheduleTime?.nanos ?? undefined,
    deadlineMicros: durationMicros('Task.dispatchDeadline', task.dispatchDeadline),
    body: body instanceof Uint8Array ? body : NO_BYTES,
    target: readTarget(task),
    ...(task.retryConfig && { retryConfig: readRetryConfig(task.retryConfig) }),
  };
}

/** A task as the API shows it. */
export function writeTask(task: Task, view: View): TaskMessage {
  return {
    name: task.name,
    ...writeTarget(task, view),
    scheduleTime: toSecondsAndNanos(task.scheduleMicros),
    createTime: toSecondsAndNanos(task.createMicros),
    dispatchDeadline: toSecondsAndNanos(task.deadlineMicros ?? DEFAULT_DEADLINE_MICROS),
    dispatchCount: task.dispatchCount,
    responseCount: task.responseCount,
    ...(task.firstDispatchMicros !== undefined && {
      firstAttempt: { dispatchTime: toSecondsAndNanos(task.firstDispatchMicros) },
    }),
    ...(task.lastAttempt && { lastAttempt: writeAttempt(task.lastAttempt) }),
    view,
    ...(task.retryConfig && { retryConfig: writeRetryConfig(task.retryConfig) }),
  };
}

function readTarget(task: ITask): TargetInput | undefined {
  const { httpRequest, appEngineHttpRequest } = task;
  if (httpRequest) {
    const { oidcToken, oauthToken } = httpRequest;
    return {
      kind: 'http',
      url: httpRequest.url ?? '',
      method: readMethod(httpRequest.httpMethod),
      headers: readHeaders(httpRequest.headers),
      ...(oidcToken && {
        oidcToken: {
          serviceAccountEmail: oidcToken.serviceAccountEmail ?? '',
          audience: oidcToken.audience ?? '',
        },
      }),
      ...(oauthToken && {
        oauthToken: {
          serviceAccountEmail: oauthToken.serviceAccountEmail ?? '',
          scope: oauthToken.scope ?? '',
        },
      }),
    };
  }
  if (!appEngineHttpRequest) return undefined;
  return {
    kind: 'appEngine',
    relativeUri: appEngineHttpRequest.relativeUri ?? '',
    method: readMethod(appEngineHttpRequest.httpMethod),
    headers: readHeaders(appEngineHttpRequest.headers),
    routing: readRouting(appEngineHttpRequest.appEngineRouting),
  };
}

function writeTarget({ target, body }: Task, view: View): ITask {
  const shared = {
    httpMethod: target.method,
    headers: Object.fromEntries(target.headers),
    // A Buffer, as the JSON serializer takes any other bytes from the beginning of their memory.
    ...(view === 'FULL' && body.length > 0 && { body: toBuffer(body) }),
  };
  if (target.kind === 'appEngine') {
    const { relativeUri, routing } = target;
    return { appEngineHttpRequest: { ...shared, relativeUri, appEngineRouting: routing } };
  }
  const { url, oidcToken, oauthToken } = target;
  return {
    httpRequest: { ...shared, url, ...(oidcToken && { oidcToken }), ...(oauthToken && { oauthToken }) },
  };
}

function writeAttempt(attempt: Attempt): IAttempt {
  return {
    scheduleTime: toSecondsAndNanos(attempt.scheduleMicros),
    ...(attempt.dispatchMicros !== undefined && { dispatchTime: toSecondsAndNanos(attempt.dispatchMicros) }),
    ...(attempt.responseMicros !== undefined && { responseTime: toSecondsAndNanos(attempt.responseMicros) }),
    ...(attempt.status && { responseStatus: attempt.status }),
  };
}

function toBuffer(bytes: Uint8Array): Buffer {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}

function readHeaders(headers: Record<string, string> | null | undefined): Headers {
  return Object.entries(headers ?? {});
}

/** Undefined, which means POST, also for a number that the enum lacks (recorded). */
function readMethod(method: unknown): HttpMethod | undefined {
  return HTTP_METHODS.find((candidate) => candidate === method);
}
