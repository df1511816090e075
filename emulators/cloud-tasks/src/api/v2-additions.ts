interface Namespace {
  readonly nested?: Record<string, Namespace>;
  readonly fields?: Record<string, object>;
}

/** Messages that the v2 API has and npm's v2 definitions lack; those of v2beta3 have the same field numbers. */
const MESSAGES = ['HttpTarget', 'UriOverride', 'PathOverride', 'QueryOverride'] as const;

/** Fields that the v2 API has and npm's v2 definitions lack. */
const FIELDS = [
  { message: 'Queue', name: 'httpTarget', field: { type: 'HttpTarget', id: 10 } },
  { message: 'Task', name: 'retryConfig', field: { type: 'RetryConfig', id: 12 } },
] as const;

/**
 * Adds to the client library's definitions what the service's v2 API of 2026 has and they lack. Without it,
 * protobuf drops these fields of a request, and nobody is told. A newer library's own definitions stay.
 * @throws {Error} if the definitions have no v2 or v2beta3
 */
export function addToV2<Protos extends object>(protos: Protos): Protos {
  const tasks = ['google', 'cloud', 'tasks'].reduce<Namespace | undefined>(
    (namespace, name) => namespace?.nested?.[name],
    protos as Namespace,
  );
  const v2 = tasks?.nested?.['v2']?.nested;
  const v2beta3 = tasks?.nested?.['v2beta3']?.nested;
  if (v2 === undefined || v2beta3 === undefined) {
    throw new Error("The installed client library doesn't define google.cloud.tasks.v2 and v2beta3");
  }
  for (const name of MESSAGES) {
    const message = v2beta3[name];
    if (message !== undefined) v2[name] ??= message;
  }
  for (const { message, name, field } of FIELDS) {
    const fields = v2[message]?.fields;
    if (fields !== undefined) fields[name] ??= field;
  }
  return protos;
}
