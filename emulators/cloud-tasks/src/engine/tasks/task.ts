import type { RetrySettings, RoutingInput } from '../queues/queue-settings.ts';
import type { Headers } from './headers.ts';

export const HTTP_METHODS = ['POST', 'GET', 'HEAD', 'PUT', 'DELETE', 'PATCH', 'OPTIONS'] as const;
export type HttpMethod = (typeof HTTP_METHODS)[number];

/** Stored form of `AppEngineRouting`: what the caller gave, and the host that follows from it. */
export interface Routing extends RoutingInput {
  readonly host: string;
}

/** A request to any URL. */
export interface HttpTarget {
  readonly kind: 'http';
  readonly url: string;
  readonly method: HttpMethod;
  readonly headers: Headers;
  readonly oidcToken?: { readonly serviceAccountEmail: string; readonly audience: string };
  readonly oauthToken?: { readonly serviceAccountEmail: string; readonly scope: string };
}

/** A request to a service of the project's App Engine application. */
export interface AppEngineTarget {
  readonly kind: 'appEngine';
  readonly relativeUri: string;
  readonly method: HttpMethod;
  readonly headers: Headers;
  readonly routing: Routing;
}

export type Target = HttpTarget | AppEngineTarget;

/** One dispatch of a task. Times in microseconds since the Unix epoch. */
export interface Attempt {
  readonly scheduleMicros: number;
  /** Absent in the response of RunTask, which shows the attempt before it is sent. */
  readonly dispatchMicros?: number;
  /** Absent while the request is open, and after the emulator was killed during it. */
  readonly responseMicros?: number;
  /** google.rpc.Status; meaningless until `responseMicros` is set. */
  readonly status?: { readonly code: number; readonly message: string };
}

/** What the next attempt tells its handler about the one before. */
export interface PreviousResponse {
  /** The HTTP status; what stands in for one where there was no answer depends on the target. */
  readonly status: number;
  readonly reason: string;
}

/** A task as it is stored. Times in microseconds since the Unix epoch. */
export interface Task {
  /** The number by which the emulator knows it; never used again. */
  readonly rowId: number;
  readonly name: string;
  readonly taskId: string;
  readonly target: Target;
  readonly body: Uint8Array;
  readonly createMicros: number;
  readonly scheduleMicros: number;
  /** Absent: the default of 10 minutes. */
  readonly deadlineMicros?: number;
  /** Absent: the queue's settings hold. */
  readonly retryConfig?: RetrySettings;
  /** Attempts sent, the open one included. */
  readonly dispatchCount: number;
  /** Attempts answered. */
  readonly responseCount: number;
  /** Attempts answered as the `…-TaskExecutionCount` header counts them: differs by target. */
  readonly executionCount: number;
  readonly firstDispatchMicros?: number;
  readonly lastAttempt?: Attempt;
  readonly previousResponse?: PreviousResponse;
}
