import type { protos } from '@google-cloud/tasks';
import { invalidArgument } from '../engine/cloud-tasks-error.ts';
import {
  type Attempt,
  type Headers,
  HTTP_METHODS,
  type HttpMethod,
  type Task,
} from '../engine/tasks/task.ts';
import type { TargetInput, TaskInput } from '../engine/tasks/task-request.ts';
import { readRouting } from './queue-message.ts';
import { durationMicros, timestampMicros, toSecondsAndNanos } from './time-messages.ts';

type ITask = protos.google.cloud.tasks.v2.ITask;
type IAttempt = protos.google.cloud.tasks.v2.IAttempt;

/** How much of a task an answer shows: BASIC leaves the body out. */
export type View = 'BASIC' | 'FULL';

const NO_BYTES = new Uint8Array();
const DEFAULT_DEADLINE_MICROS = 600_000_000;

/** What a request's `response_view` asks for; BASIC by default. */
export function readView(view: unknown): View {
  return view === 'FULL' || view === 2 ? 'FULL' : 'BASIC';
}

/** A Task message as the caller gave it; output-only fields are ignored. @throws {CloudTasksError} */
export function readTask(task: ITask | null | undefined): TaskInput {
  if (task === null || task === undefined) throw invalidArgument('CreateTaskRequest.task is required.');
  const body = task.httpRequest?.body ?? task.appEngineHttpRequest?.body;
  return {
    name: task.name ?? undefined,
    scheduleMicros: timestampMicros('Task.scheduleTime', task.scheduleTime),
    deadlineMicros: durationMicros('Task.dispatchDeadline', task.dispatchDeadline),
    body: body instanceof Uint8Array ? body : NO_BYTES,
    target: readTarget(task),
  };
}

/** A task as the API shows it. */
export function writeTask(task: Task, view: View): ITask {
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
    dispatchTime: toSecondsAndNanos(attempt.dispatchMicros),
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

/** Enums come as names from the wire; a number that the enum doesn't have comes as a number. */
function readMethod(method: unknown): HttpMethod | undefined {
  if (method === 'HTTP_METHOD_UNSPECIFIED' || !method) return undefined;
  const known = HTTP_METHODS.find((candidate) => candidate === method);
  if (known === undefined) throw invalidArgument(`HttpMethod ${String(method)} is not one that exists.`);
  return known;
}
