import type { IncomingMessage, RequestListener, ServerResponse } from 'node:http';
import { decodePath, parseRequestTarget } from '@waybill/emulator-kit';
import { readRestRequest, sendRestJson } from '@waybill/emulator-kit/rest';
import type { MessageTypes } from '@waybill/emulator-kit/standard-services';
import type { UnaryMethod } from '../api/api-services.ts';
import { readTaskText, refuseWebPages, sendError, toMessage } from './rest-listener.ts';

/** The tasks of a queue as firebase-admin calls an emulator: the REST API's path without its version. */
const PATH = /^\/(projects\/[^/]+\/locations\/[^/]+\/queues\/[^/]+)\/tasks(?:\/([^/:]+))?$/;
const NO_QUERY = new URLSearchParams();

/**
 * Serves the calls of firebase-admin where `CLOUD_TASKS_EMULATOR_HOST` is set: it creates and deletes the tasks of functions.
 * The rest goes to `otherwise`.
 */
export function createFunctionTasksListener(
  options: {
    types: MessageTypes;
    methods: Readonly<Record<'CreateFunctionTask' | 'DeleteFunctionTask', UnaryMethod>>;
  },
  otherwise: RequestListener,
): RequestListener {
  const type = options.types.lookup('google.cloud.tasks.v2.CreateTaskRequest');
  return (request, response) => {
    const call = matchCall(request);
    if (call === undefined) return otherwise(request, response);
    return respond(call, request, response).catch((error: unknown) => sendError(response, error));
  };

  async function respond(call: FunctionTasksCall, request: IncomingMessage, response: ServerResponse) {
    const text = await readTaskText(request);
    refuseWebPages(request);
    if (response.destroyed) return;
    sendRestJson(response, 200, await answer(call, text), true);
  }

  async function answer({ queue, taskId }: FunctionTasksCall, text: string): Promise<object> {
    if (taskId !== undefined) return options.methods.DeleteFunctionTask({ name: `${queue}/tasks/${taskId}` });
    const rest = {
      service: 'CloudTasks',
      method: 'CreateTask',
      fields: { parent: queue },
      body: 'request',
    } as const;
    const created = await options.methods.CreateFunctionTask(
      toMessage(type, readRestRequest(type, rest, NO_QUERY, text)),
    );
    // The slash is Firebase's: its Python client cuts one character off.
    return { task: { name: `/${(created as { name: string }).name}` } };
  }
}

interface FunctionTasksCall {
  readonly queue: string;
  /** The task to delete; undefined for one to create. */
  readonly taskId: string | undefined;
}

function matchCall({ method, url }: IncomingMessage): FunctionTasksCall | undefined {
  const [, queue, taskId] = PATH.exec(decodePath(parseRequestTarget(url).path)) ?? [];
  const expected = taskId === undefined ? 'POST' : 'DELETE';
  return queue !== undefined && method === expected ? { queue, taskId } : undefined;
}
