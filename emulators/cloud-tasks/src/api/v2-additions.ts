interface Method {
  readonly requestType: string;
  readonly responseType: string;
  readonly options?: Record<string, unknown>;
  readonly parsedOptions?: readonly Record<string, unknown>[];
}

interface Namespace {
  readonly nested?: Record<string, Namespace>;
  readonly fields?: Record<string, object>;
  readonly methods?: Record<string, Method>;
}

/** Messages that the v2 API has and npm's v2 definitions lack; those of v2beta3 have the same field numbers. */
const MESSAGES = [
  'HttpTarget',
  'UriOverride',
  'PathOverride',
  'QueryOverride',
  'BatchCreateTasksRequest',
  'BatchCreateTasksResponse',
  'BatchCreateTasksMetadata',
  'BatchDeleteTasksRequest',
  'BatchDeleteTasksMetadata',
  'CmekConfig',
  'GetCmekConfigRequest',
  'UpdateCmekConfigRequest',
] as const;

/** Methods that the v2 API has and npm's v2 definitions lack. */
const METHODS = ['BatchCreateTasks', 'BatchDeleteTasks', 'GetCmekConfig', 'UpdateCmekConfig'] as const;

/** Fields that the v2 API has and npm's v2 definitions lack. */
const FIELDS = [
  { message: 'Queue', name: 'httpTarget', field: { type: 'HttpTarget', id: 10 } },
  { message: 'Task', name: 'retryConfig', field: { type: 'RetryConfig', id: 12 } },
] as const;

/** Messages of BufferTask, which all versions have over REST alone. */
const BUFFER_MESSAGES: Record<string, Namespace> = {
  BufferTaskRequest: {
    fields: {
      queue: { type: 'string', id: 1 },
      taskId: { type: 'string', id: 2 },
      body: { type: 'google.api.HttpBody', id: 3 },
    },
  },
  BufferTaskResponse: { fields: { task: { type: 'Task', id: 1 } } },
};

/**
 * Adds to the client library's definitions what the service's API of 2026 has and they lack. Without it, protobuf
 * drops these fields of a request, and nobody is told. A newer library's own definitions stay.
 * @throws {Error} if the definitions lack a version of the API
 */
export function addToV2<Protos extends object>(protos: Protos): Protos {
  const v2 = versionOf(protos, 'v2');
  const v2beta3 = versionOf(protos, 'v2beta3');
  for (const name of MESSAGES) {
    const message = v2beta3[name];
    if (message !== undefined) v2[name] ??= message;
  }
  for (const { message, name, field } of FIELDS) {
    const fields = v2[message]?.fields;
    if (fields !== undefined) fields[name] ??= field;
  }
  const methods = v2['CloudTasks']?.methods;
  for (const name of METHODS) {
    const method = v2beta3['CloudTasks']?.methods?.[name];
    if (methods !== undefined && method !== undefined) methods[name] ??= inV2(method);
  }
  for (const version of [v2, v2beta3, versionOf(protos, 'v2beta2')]) {
    for (const [name, message] of Object.entries(BUFFER_MESSAGES)) version[name] ??= message;
  }
  return protos;
}

function versionOf(protos: object, version: string): Record<string, Namespace> {
  const found = ['google', 'cloud', 'tasks', version].reduce<Namespace | undefined>(
    (namespace, name) => namespace?.nested?.[name],
    protos as Namespace,
  );
  if (found?.nested !== undefined) return found.nested;
  throw new Error(`The installed client library doesn't define google.cloud.tasks.${version}`);
}

/** The method with the paths of v2. */
function inV2(method: Method): Method {
  return JSON.parse(JSON.stringify(method).replaceAll('/v2beta3/', '/v2/')) as Method;
}
