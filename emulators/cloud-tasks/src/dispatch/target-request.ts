import type { Dispatch } from '../engine/attempts/dispatch-loop.ts';
import type { Headers } from '../engine/tasks/headers.ts';
import { isDroppedHeader } from '../engine/tasks/stored-headers.ts';
import type { AppEngineTarget, HttpMethod, HttpTarget, Target } from '../engine/tasks/task.ts';
import { completeRouting } from '../engine/tasks/task-request.ts';
import { attemptHeaders } from './attempt-headers.ts';

/** An App Engine application to which tasks with an App Engine target go. */
export interface AppEngine {
  /** Where it listens; the host of a service goes in the Host header. */
  readonly url: string;
  /** Sent along with each task: how the front door knows that it comes from here. */
  readonly headers?: Readonly<Record<string, string>>;
}

/** A request ready to be sent. */
export interface TargetRequest {
  readonly origin: string;
  readonly path: string;
  readonly method: HttpMethod;
  readonly headers: Headers;
  readonly body: Uint8Array;
}

/** Thrown where a task cannot be sent at all; its message becomes the attempt's status. */
export class UnsendableError extends Error {
  override readonly name = 'UnsendableError';
}

/** @throws {UnsendableError} if there is nowhere to send it */
export function buildTargetRequest(
  dispatch: Dispatch,
  options: {
    /** The task's target with what its queue overrides. */
    target: Target;
    appEngine: AppEngine | undefined;
    hostSuffixOf: (location: string) => string;
    /** The Authorization header of an HTTP task with a token. */
    authorization: string | undefined;
  },
): TargetRequest {
  const { target } = options;
  return target.kind === 'http'
    ? httpRequest(dispatch, target, options.authorization)
    : appEngineRequest(dispatch, target, options.appEngine, options.hostSuffixOf);
}

/** The App Engine host that a task goes to at the time of the attempt: a queue's override wins always. */
export function appEngineHost(
  { queue }: Dispatch,
  target: AppEngineTarget,
  hostSuffixOf: (location: string) => string,
): string {
  const { routingOverride } = queue.record.settings;
  if (routingOverride === undefined) return target.routing.host;
  const { parent } = queue.name;
  return completeRouting(routingOverride, parent, hostSuffixOf(parent.location)).host;
}

function httpRequest(
  dispatch: Dispatch,
  target: HttpTarget,
  authorization: string | undefined,
): TargetRequest {
  if (dispatch.task.body.length > 0 && !['POST', 'PUT', 'PATCH'].includes(target.method)) {
    throw new UnsendableError(`the queue overrides the method by ${target.method}, which takes no body`);
  }
  // The service takes such a URL, and fails at each attempt.
  if (/%(?![0-9A-Fa-f]{2})/.test(target.url)) {
    throw new UnsendableError(`the URL has an invalid escape: ${target.url}`);
  }
  const url = URL.parse(target.url);
  if (url === null) throw new UnsendableError(`the URL cannot be parsed: ${target.url}`);
  return {
    origin: url.origin,
    path: `${url.pathname}${url.search}`,
    method: target.method,
    headers: [
      ...authorizedHeaders(sendableHeaders(target.headers), authorization),
      ...attemptHeaders(dispatch),
    ],
    body: dispatch.task.body,
  };
}

const TOKEN = /^[!#$%&'*+.^_`|~0-9A-Za-z-]+$/;
/** The headers that attempts carry: the service's values win over the caller's. */
const OF_ATTEMPT =
  /^x-cloudtasks-(queuename|taskname|taskretrycount|taskexecutioncount|tasketa|taskpreviousresponse|taskretryreason)$/i;

/**
 * The stored headers that an HTTP request can carry. The service stores names that HTTP does not allow, and tasks of
 * earlier versions hold headers that it drops now. The client sets the length from the body itself.
 */
function sendableHeaders(headers: Headers): Headers {
  return headers.filter(([name]) => TOKEN.test(name) && !isDroppedHeader(name) && !OF_ATTEMPT.test(name));
}

/** A token takes the place of the caller's own Authorization header. */
function authorizedHeaders(headers: Headers, authorization: string | undefined): Headers {
  if (authorization === undefined) return headers;
  return [...headers.filter(([name]) => !/^authorization$/i.test(name)), ['Authorization', authorization]];
}

function appEngineRequest(
  dispatch: Dispatch,
  target: AppEngineTarget,
  appEngine: AppEngine | undefined,
  hostSuffixOf: (location: string) => string,
): TargetRequest {
  if (appEngine === undefined) {
    throw new UnsendableError('no App Engine is configured: start the emulator with --app-engine-url');
  }
  return {
    origin: new URL(appEngine.url).origin,
    path: target.relativeUri.replace(/#.*$/s, '').replace(/[^\x21-\x7e]+/g, encodeURIComponent),
    method: target.method,
    headers: [
      ['Host', appEngineHost(dispatch, target, hostSuffixOf)],
      ...sendableHeaders(target.headers),
      ...attemptHeaders(dispatch),
      ...Object.entries(appEngine.headers ?? {}),
    ],
    body: dispatch.task.body,
  };
}
