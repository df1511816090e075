/** A REST call in the terms of gRPC: the method, and where each part of its request message is. */
export interface RestCall {
  readonly service: 'CloudTasks' | 'Locations';
  readonly method: string;
  /** Fields that the path gives. */
  readonly fields: Readonly<Record<string, string>>;
  /** What the body is: nothing, the whole request, or one field of it. */
  readonly body: 'none' | 'request' | { readonly field: string };
}

interface Route {
  readonly http: string;
  /** The path below the version, its ids as `*`; the text after the last `*` may be a custom verb. */
  readonly path: string;
  readonly method: string;
  /** The field that takes the resource's name. */
  readonly nameField: string;
  readonly body: RestCall['body'];
  readonly service?: 'Locations';
}

const LOCATION = 'projects/*/locations/*';
const QUEUE = `${LOCATION}/queues/*`;
const TASK = `${QUEUE}/tasks/*`;

/** As the http annotations of cloudtasks.proto have it; `(parent)` marks what belongs to the resource's name. */
const ROUTES: readonly Route[] = [
  route('GET', 'projects/*', '/locations', 'ListLocations', 'name', 'none', 'Locations'),
  route('GET', LOCATION, '', 'GetLocation', 'name', 'none', 'Locations'),
  route('GET', LOCATION, '/queues', 'ListQueues', 'parent'),
  route('POST', LOCATION, '/queues', 'CreateQueue', 'parent', { field: 'queue' }),
  route('GET', QUEUE, '', 'GetQueue', 'name'),
  route('PATCH', QUEUE, '', 'UpdateQueue', 'queue.name', { field: 'queue' }),
  route('DELETE', QUEUE, '', 'DeleteQueue', 'name'),
  route('POST', QUEUE, ':purge', 'PurgeQueue', 'name', 'request'),
  route('POST', QUEUE, ':pause', 'PauseQueue', 'name', 'request'),
  route('POST', QUEUE, ':resume', 'ResumeQueue', 'name', 'request'),
  route('POST', QUEUE, ':getIamPolicy', 'GetIamPolicy', 'resource', 'request'),
  route('POST', QUEUE, ':setIamPolicy', 'SetIamPolicy', 'resource', 'request'),
  route('POST', QUEUE, ':testIamPermissions', 'TestIamPermissions', 'resource', 'request'),
  route('GET', QUEUE, '/tasks', 'ListTasks', 'parent'),
  route('POST', QUEUE, '/tasks', 'CreateTask', 'parent', 'request'),
  route('GET', TASK, '', 'GetTask', 'name'),
  route('DELETE', TASK, '', 'DeleteTask', 'name'),
  route('POST', TASK, ':run', 'RunTask', 'name', 'request'),
];

interface CompiledRoute extends Omit<Route, 'path'> {
  readonly pattern: RegExp;
}

const COMPILED: readonly CompiledRoute[] = ROUTES.map(({ path, ...rest }) => ({
  ...rest,
  // Projects of a domain hold a colon. In other ids a colon begins a verb.
  // Node's REST client calls Locations by the paths of its own definition, below v1.
  pattern: new RegExp(`^/${rest.service === 'Locations' ? 'v[12]' : 'v2'}/${path.replace('*', '[^/]+?').replaceAll('*', '[^/:]+')}$`),
}));

/**
 * Finds what a request calls.
 * @param path decoded, without the query
 * @returns undefined where there is no such route
 */
export function matchRoute(http: string, path: string): RestCall | undefined {
  for (const { pattern, ...found } of COMPILED) {
    const name = found.http === http ? pattern.exec(path)?.[1] : undefined;
    if (name === undefined) continue;
    return {
      service: found.service ?? 'CloudTasks',
      method: found.method,
      fields: { [found.nameField]: name },
      body: found.body,
    };
  }
  return undefined;
}

function route(
  http: string,
  resource: string,
  rest: string,
  method: string,
  nameField: string,
  body: RestCall['body'] = 'none',
  service?: 'Locations',
): Route {
  return { http, path: `(${resource})${rest}`, method, nameField, body, ...(service && { service }) };
}
