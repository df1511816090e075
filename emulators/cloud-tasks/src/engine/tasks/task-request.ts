import { invalidArgument } from '../cloud-tasks-error.ts';
import { MICROS_PER_SECOND } from '../micros.ts';
import type { QueueHttpTarget } from '../queues/queue-http-target.ts';
import type { RetrySettingsInput, RoutingInput } from '../queues/queue-settings.ts';
import { type LocationName, requireNewTaskName, type TaskName } from '../resource-names.ts';
import { checkEmail } from '../service-account.ts';
import type { Headers } from './headers.ts';
import { storeAppEngineHeaders, storeHttpHeaders } from './stored-headers.ts';
import type { HttpMethod, HttpTarget, Routing, Target } from './task.ts';

/** What a caller may say about a task; empty strings and absent values mean "not set", as over proto3. */
export interface TaskInput {
  readonly name?: string | undefined;
  readonly scheduleMicros?: number | undefined;
  /** The nanoseconds of the second, which a refusal shows. */
  readonly scheduleNanos?: number | undefined;
  readonly deadlineMicros?: number | undefined;
  readonly body: Uint8Array;
  readonly target?: TargetInput | undefined;
  readonly retryConfig?: RetrySettingsInput | undefined;
}

/** The token of a request: one of the two, or none. */
type Tokens = Pick<HttpTarget, 'oidcToken' | 'oauthToken'>;

interface TargetInputBase {
  readonly method?: HttpMethod | undefined;
  readonly headers: Headers;
}

interface HttpTargetInput extends TargetInputBase {
  readonly kind: 'http';
  readonly url: string;
  readonly oidcToken?: { readonly serviceAccountEmail: string; readonly audience: string } | undefined;
  readonly oauthToken?: { readonly serviceAccountEmail: string; readonly scope: string } | undefined;
  /** Whether the token may go over plain http, to any host; the service never sends it so. */
  readonly allowHttpToken?: boolean | undefined;
}

export type TargetInput =
  | HttpTargetInput
  | (TargetInputBase & {
      readonly kind: 'appEngine';
      readonly relativeUri: string;
      readonly routing?: RoutingInput | undefined;
    });

/** The scope of an OAuth token for which the caller gave none. */
const DEFAULT_SCOPE = 'https://www.googleapis.com/auth/cloud-platform';
const MAX_URI_LENGTH = 2_083;
const MAX_SCHEDULE_SECONDS = 720 * 3_600;

/** What the engine is told about its surroundings, for targets. */
export interface TargetRules {
  /** The queue's own target, whose token replaces the task's. */
  readonly queueTarget: QueueHttpTarget | undefined;
  /** What follows the project in App Engine hosts. */
  readonly hostSuffix: string;
  /** Whether tasks may carry tokens over plain http to this machine, which the service never does. */
  readonly allowLoopbackHttpTokens: boolean;
}

/** The name of a task that belongs into the queue. @throws {CloudTasksError} with the service's text */
export function requireTaskInQueue(queue: string, name: string): TaskName {
  const taskName = requireNewTaskName(name);
  if (taskName.queue.name === queue) return taskName;
  throw invalidArgument(
    `The queue name from request ('${queue}') must be the same as the queue name in the named task ('${taskName.queue.name}').`,
  );
}

/** The request of a task as it will be stored. @throws {CloudTasksError} INVALID_ARGUMENT with the service's text */
export function storeTarget(input: TaskInput, location: LocationName, rules: TargetRules): Target {
  const target = input.target;
  if (target === undefined) {
    throw invalidArgument('Task.payload_type is not set.');
  }
  const method = target.method ?? 'POST';
  const bodyBytes = input.body.length;
  if (target.kind === 'http') {
    checkUrl(target.url);
    if (bodyBytes > 0 && !['POST', 'PUT', 'PATCH'].includes(method)) {
      throw invalidArgument('Body can only be set if the http_method is POST, PUT, or PATCH.');
    }
    const own = target.oidcToken ?? target.oauthToken;
    if (own !== undefined) checkEmail(own.serviceAccountEmail);
    const tokens =
      tokensOfQueue(rules.queueTarget, target.url) ?? completeTokens(tokensIn(target), target.url);
    if (!target.allowHttpToken) checkTokenUrl(target.url, tokens, rules.allowLoopbackHttpTokens);
    return {
      kind: 'http',
      url: target.url,
      method,
      headers: storeHttpHeaders(target.headers),
      ...tokens,
    };
  }
  if (bodyBytes > 0 && !['POST', 'PUT'].includes(method)) {
    throw invalidArgument(
      `AppEngineHttpRequest.body is allowed only for POST, PUT requests, got a ${method} request with ${bodyBytes} bytes.`,
    );
  }
  const relativeUri = target.relativeUri || '/';
  checkRelativeUri(relativeUri);
  return {
    kind: 'appEngine',
    relativeUri,
    method,
    headers: storeAppEngineHeaders(target.headers, bodyBytes),
    routing: completeRouting(target.routing, location, rules.hostSuffix),
  };
}

/**
 * Adds the host that App Engine's routing gives: `[instance.][version.][service.]PROJECT.SUFFIX`.
 * @param hostSuffix such as `uc.r.appspot.com`
 */
export function completeRouting(
  routing: RoutingInput | undefined,
  location: LocationName,
  hostSuffix: string,
): Routing {
  const { service = '', version = '', instance = '' } = routing ?? {};
  // A project of a domain ("example.com:shop") has its own order of labels.
  const project = location.project.split(':').reverse().join('.');
  const host = [instance, version, service, project, hostSuffix].filter((part) => part !== '').join('.');
  return { service, version, instance, host };
}

/** @throws {CloudTasksError} INVALID_ARGUMENT if the time is more than 30 days ahead */
export function checkScheduleTime(times: { scheduleMicros: number; nowMicros: number; nanos: number }): void {
  const { scheduleMicros, nowMicros, nanos } = times;
  if (scheduleMicros - nowMicros <= MAX_SCHEDULE_SECONDS * MICROS_PER_SECOND) return;
  throw invalidArgument(
    `The Task.scheduleTime, ${inPacificTime(scheduleMicros, nanos)}, is too far in the future. Schedule time must be no more than 720h in the future.`,
  );
}

/** The deadline to store, in whole milliseconds; undefined for the default. @throws {CloudTasksError} */
export function checkDeadline(deadlineMicros: number | undefined, kind: Target['kind']): number | undefined {
  if (!deadlineMicros) return undefined;
  const seconds = deadlineMicros / MICROS_PER_SECOND;
  const [maxSeconds, text] = kind === 'http' ? [30 * 60, '30m'] : [24 * 3_600 + 15, '24h15s'];
  if (seconds < 15 || seconds > maxSeconds) {
    throw invalidArgument(`Task.dispatchDeadline must be between [15s, ${text}].`);
  }
  return Math.floor(deadlineMicros / 1_000) * 1_000;
}

function checkUrl(url: string): void {
  if (url === '') throw invalidArgument('HttpRequest.url is required.');
  if (!/^https?:\/\//i.test(url)) {
    throw invalidArgument("HttpTarget.url must start with 'http://' or 'https://'.");
  }
  if (url.length > MAX_URI_LENGTH) {
    throw invalidArgument(
      `HttpRequest.url must be at most ${MAX_URI_LENGTH} characters long, got ${url.length}.`,
    );
  }
}

function tokensIn({ oidcToken, oauthToken }: HttpTargetInput): Tokens {
  return { ...(oidcToken && { oidcToken }), ...(oauthToken && { oauthToken }) };
}

/** @throws {CloudTasksError} INVALID_ARGUMENT if a token must not go there */
function checkTokenUrl(url: string, { oidcToken, oauthToken }: Tokens, allowLoopback: boolean): void {
  if (oidcToken === undefined && oauthToken === undefined) return;
  const hostname = URL.parse(url)?.hostname ?? '';
  if (allowLoopback && isLoopback(hostname)) return;
  // Over plain http anybody on the way could read a token.
  if (!/^https:/i.test(url)) {
    throw invalidArgument(
      "HttpRequest.url must start with 'https://' for request with HttpRequest.authorization_header",
    );
  }
  if (oauthToken !== undefined && !/.\.googleapis\.com$/i.test(hostname)) {
    throw invalidArgument(
      'Invalid url for HttpRequest.oauth_token. The hostname in the url must end with ".googleapis.com"',
    );
  }
}

/** Tokens with their defaults: the audience is the URL, the scope cloud-platform. They read back that way. */
function completeTokens({ oidcToken, oauthToken }: Tokens, url: string): Tokens {
  return {
    ...(oidcToken && { oidcToken: { ...oidcToken, audience: oidcToken.audience || url } }),
    ...(oauthToken && { oauthToken: { ...oauthToken, scope: oauthToken.scope || DEFAULT_SCOPE } }),
  };
}

/** The token of a queue, for a task with that URL; undefined where the queue has none. */
export function tokensOfQueue(queue: QueueHttpTarget | undefined, url: string): Tokens | undefined {
  return queue?.oidcToken || queue?.oauthToken ? completeTokens(queue, url) : undefined;
}

function isLoopback(hostname: string): boolean {
  return /^(127(\.\d{1,3}){3}|\[::1\]|localhost|.+\.localhost)$/.test(hostname);
}

function checkRelativeUri(relativeUri: string): void {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: spaces and control characters are what is refused
  const acceptable = /^\/[^\x00-\x20\x7f]*$/.test(relativeUri) && relativeUri.length <= MAX_URI_LENGTH;
  if (!acceptable) {
    throw invalidArgument(
      `AppEngineHttpRequest.relativeUri must begin with "/", hold no spaces and be at most ${MAX_URI_LENGTH} characters long.`,
    );
  }
}

/** As the service writes times in its errors: 2099-12-31T16:00:00-08:00, in US Pacific time. */
function inPacificTime(micros: number, nanos: number): string {
  const parts = new Intl.DateTimeFormat('en-US', {
    timeZone: 'America/Los_Angeles',
    hourCycle: 'h23',
    year: 'numeric',
    month: '2-digit',
    day: '2-digit',
    hour: '2-digit',
    minute: '2-digit',
    second: '2-digit',
    timeZoneName: 'longOffset',
  }).formatToParts(Math.floor(micros / 1_000));
  const part = (type: string): string => parts.find((candidate) => candidate.type === type)?.value ?? '';
  const offset = part('timeZoneName').replace('GMT', '');
  const date = `${part('year')}-${part('month')}-${part('day')}`;
  const fraction = String(nanos).padStart(9, '0').replace(/0+$/, '');
  const seconds = fraction === '' ? part('second') : `${part('second')}.${fraction}`;
  return `${date}T${part('hour')}:${part('minute')}:${seconds}${offset}`;
}
