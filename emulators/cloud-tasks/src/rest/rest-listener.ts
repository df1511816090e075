import type { IncomingMessage, RequestListener, ServerResponse } from 'node:http';
import { decodePath, parseRequestTarget, readBody } from '@waybill/emulator-kit';
import { toProto3JSON } from 'proto3-json-serializer';
import type { UnaryMethod } from '../api/cloud-tasks-methods.ts';
import { CloudTasksError, invalidArgument } from '../engine/cloud-tasks-error.ts';
import type { MessageTypes } from './message-types.ts';
import { toRestError } from './rest-errors.ts';
import { readRestRequest } from './rest-request.ts';
import { matchRoute } from './routes.ts';

/** The largest task is 1 MiB, its body a third larger in base64. */
const BODY_LIMIT_BYTES = 4 * 1024 * 1024;

/**
 * The API over HTTP and JSON (`/v2/projects/…`), by the same methods as over gRPC. Requests that a web page made
 * (they have an Origin header) are refused: any page that is open could otherwise send tasks from this machine.
 */
export function createRestListener(options: {
  types: MessageTypes;
  cloudTasks: Record<string, UnaryMethod>;
  locations: Record<string, UnaryMethod>;
}): RequestListener {
  return (request, response) =>
    answer(request)
      .then((json) => send(response, 200, json))
      .catch((error: unknown) => sendError(response, error));

  async function answer(request: IncomingMessage): Promise<unknown> {
    const target = parseRequestTarget(request.url);
    const text = await readText(request);
    if (request.headers.origin !== undefined) {
      throw new CloudTasksError('PERMISSION_DENIED', 'Requests from web pages are refused.');
    }
    const call = matchRoute(request.method ?? '', decodePath(target.path));
    if (call === undefined) {
      throw new CloudTasksError(
        'NOT_FOUND',
        `This emulator has no ${request.method} ${target.path}; it serves Cloud Tasks v2 under /v2/.`,
      );
    }
    const [prefix, methods] =
      call.service === 'CloudTasks'
        ? ['google.cloud.tasks.v2', options.cloudTasks]
        : ['google.cloud.location', options.locations];
    const method = methods[call.method];
    if (method === undefined) {
      throw new CloudTasksError(
        'UNIMPLEMENTED',
        `This emulator doesn't implement ${prefix}.${call.service}/${call.method}.`,
      );
    }
    const requestType = options.types.lookup(`${prefix}.${call.method}Request`);
    const plain = await method(readRestRequest(requestType, call, new URLSearchParams(target.query), text));
    const responseName = RESPONSES[call.method] ?? `${prefix}.${call.method}Response`;
    const responseType = options.types.lookup(responseName);
    return withoutDefaults(toProto3JSON(responseType.fromObject(plain)));
  }
}

/** The messages that methods respond with, where they aren't named after the method. */
const RESPONSES: Record<string, string> = {
  GetLocation: 'google.cloud.location.Location',
  ...Object.fromEntries(
    ['Get', 'Create', 'Update', 'Purge', 'Pause', 'Resume'].map((verb) => [
      `${verb}Queue`,
      'google.cloud.tasks.v2.Queue',
    ]),
  ),
  ...Object.fromEntries(
    ['Get', 'Create', 'Run'].map((verb) => [`${verb}Task`, 'google.cloud.tasks.v2.Task']),
  ),
  DeleteQueue: 'google.protobuf.Empty',
  DeleteTask: 'google.protobuf.Empty',
};

/**
 * JSON leaves out what has its default value, and fractions of a second that are zero. Headers and labels are the
 * caller's: they stay as they are.
 */
function withoutDefaults(json: unknown, key = ''): unknown {
  if (Array.isArray(json)) return json.map((item) => withoutDefaults(item));
  if (typeof json === 'string') return key.endsWith('Time') ? json.replace(/\.000Z$/, 'Z') : json;
  if (typeof json !== 'object' || json === null || key === 'headers' || key === 'labels') return json;
  return Object.fromEntries(
    Object.entries(json)
      .filter(([, value]) => !(value === 0 || value === '' || (Array.isArray(value) && value.length === 0)))
      .map(([name, value]) => [name, withoutDefaults(value, name)]),
  );
}

async function readText(request: IncomingMessage): Promise<string> {
  const { body } = await readBody(request, BODY_LIMIT_BYTES);
  if (body === undefined) throw invalidArgument('Task size too large');
  return body.toString('utf8');
}

function send(response: ServerResponse, status: number, json: unknown): void {
  const text = `${JSON.stringify(json, null, 2)}\n`;
  response.writeHead(status, { 'content-type': 'application/json; charset=UTF-8' }).end(text);
}

function sendError(response: ServerResponse, error: unknown): void {
  if (response.headersSent || response.destroyed) {
    response.destroy();
    return;
  }
  const { status, body } = toRestError(error);
  send(response, status, body);
}
