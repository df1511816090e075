import { CloudTasksError } from '../cloud-tasks-error.ts';
import type { QueueHttpTarget } from '../queues/queue-http-target.ts';
import { HTTP_METHODS } from './task.ts';
import type { TaskInput } from './task-request.ts';

/** The arguments of BufferTask beside the queue. */
export interface BufferedBody {
  /** '' where the emulator is to choose it. */
  readonly taskId: string;
  readonly contentType: string;
  readonly body: Uint8Array;
}

/**
 * The task that BufferTask makes: the queue's HTTP target says where it goes and how.
 * @throws {CloudTasksError} if the target does not say so
 */
export function bufferedTask(
  queue: string,
  target: QueueHttpTarget | undefined,
  { taskId, contentType, body }: BufferedBody,
): TaskInput {
  const { scheme, host, port, pathOverride, queryOverride } = target?.uriOverride ?? {};
  if (host === undefined) {
    throw new CloudTasksError(
      'FAILED_PRECONDITION',
      `BufferTask needs a queue with an HTTP target: ${queue} has no http_target.uri_override.host. Set one with UpdateQueue.`,
    );
  }
  const authority = port === undefined ? host : `${host}:${port}`;
  const path = pathOverride?.path.replace(/^\/?/, '/') ?? '/';
  const query = queryOverride?.queryParams.replace(/^\??/, '?') ?? '';
  return {
    ...(taskId !== '' && { name: `${queue}/tasks/${taskId}` }),
    body,
    target: {
      kind: 'http',
      url: `${scheme === 'HTTP' ? 'http' : 'https'}://${authority}${path}${query}`,
      method: HTTP_METHODS.find((method) => method === target?.httpMethod),
      headers: contentType === '' ? [] : [['Content-Type', contentType]],
    },
  };
}
