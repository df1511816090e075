import type { IncomingMessage, RequestListener, ServerResponse } from 'node:http';
import { decodePath, parseRequestTarget, RequestTargetError } from '@waybill/emulator-kit';
import { fromProto3JSON, toProto3JSON } from 'proto3-json-serializer';
import type * as Protobuf from 'protobufjs';
import { CloudTasksError, invalidArgument, type StatusCode } from '../engine/cloud-tasks-error.ts';
import type { UnaryMethod } from '../grpc/cloud-tasks-methods.ts';
import type { MessageTypes } from './message-types.ts';
import { matchRoute, type RestCall } from './routes.ts';
import { checkJson } from './strict-json.ts';

/** The largest task is 1 MiB, its body a third larger in base64. */
const BODY_LIMIT_BYTES = 4 * 1024 * 1024;

/** As google/rpc/code.proto maps them. */
const HTTP_STATUS: Record<StatusCode, number> = {
  INVALID_ARGUMENT: 400,
  FAILED_PRECONDITION: 400,
  PERMISSION_DENIED: 403,
  NOT_FOUND: 404,
  ALREADY_EXISTS: 409,
  INTERNAL: 500,
  UNIMPLEMENTED: 501,
  UNAVAILABLE: 503,
};

/** Query parameters of Google's that say how to answer, not what. */
const SYSTEM_PARAMETERS =
  /^(\$?alt|prettyPrint|key|fields|quotaUser|uploadType|access_token|\$\.xgafv|\$httpHeaders|\$unique|\$prettyPrint)$/;

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
      .then((json) => respond(response, 200, json))
      .catch((error: unknown) => respondError(response, error));

  async function answer(request: IncomingMessage): Promise<unknown> {
    const target = parseRequestTarget(request.url);
    const text = await readBody(request);
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
    const plain = await method(readRequest(requestType, call, new URLSearchParams(target.query), text));
    const responseName = RESPONSES[call.method] ?? `${prefix}.${call.method}Response`;
    const responseType = options.types.lookup(responseName);
    return withoutDefaults(toProto3JSON(responseType.fromObject(plain)));
  }
}

/** What the methods answer with, where it isn't named after them. */
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

/** The request message of a call, in the form in which it would come over gRPC. */
function readRequest(
  type: Protobuf.Type,
  call: RestCall,
  query: URLSearchParams,
  text: string,
): Record<string, unknown> {
  const json: Record<string, unknown> = {};
  if (call.body !== 'none' && text !== '') {
    const body = parseJson(text);
    if (call.body === 'request') Object.assign(json, body);
    else json[call.body.field] = body;
  }
  for (const [key, value] of query) {
    if (!SYSTEM_PARAMETERS.test(key)) json[key] = key === 'updateMask' ? { paths: value.split(',') } : value;
  }
  for (const [field, name] of Object.entries(call.fields)) {
    const [outer = '', inner] = field.split('.');
    json[outer] = inner === undefined ? name : { ...(json[outer] as object | undefined), [inner]: name };
  }
  const { updateMask, ...rest } = json;
  const message = fromProto3JSON(type, checkJson(type, rest) as never);
  const plain = type.toObject(message ?? type.create(), {
    longs: Number,
    enums: String,
    defaults: true,
    oneofs: true,
  });
  return updateMask === undefined ? plain : { ...plain, updateMask };
}

function parseJson(text: string): object {
  try {
    const json: unknown = JSON.parse(text);
    if (typeof json === 'object' && json !== null && !Array.isArray(json)) return json;
  } catch {
    // Falls through to the one refusal for both.
  }
  throw invalidArgument('Invalid JSON payload received. Expected an object.');
}

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

async function readBody(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    bytes += chunk.length;
    // What is too much is still read, as the answer would be lost otherwise; it isn't kept.
    if (bytes <= BODY_LIMIT_BYTES) chunks.push(chunk);
  }
  if (bytes > BODY_LIMIT_BYTES) throw invalidArgument('Task size too large');
  return Buffer.concat(chunks).toString('utf8');
}

function respond(response: ServerResponse, status: number, json: unknown): void {
  const text = `${JSON.stringify(json, null, 2)}\n`;
  response.writeHead(status, { 'content-type': 'application/json; charset=UTF-8' }).end(text);
}

function respondError(response: ServerResponse, error: unknown): void {
  if (response.headersSent || response.destroyed) {
    response.destroy();
    return;
  }
  const refusal = refusalOf(error);
  const code = HTTP_STATUS[refusal.code];
  respond(response, code, {
    error: {
      code,
      message: refusal.message,
      status: refusal.code,
      ...(refusal.help && {
        details: [{ '@type': 'type.googleapis.com/google.rpc.Help', links: [refusal.help] }],
      }),
    },
  });
}

function refusalOf(error: unknown): CloudTasksError {
  if (error instanceof CloudTasksError) return error;
  if (error instanceof RequestTargetError) return invalidArgument(`${error.message}.`);
  return new CloudTasksError('INTERNAL', `The emulator failed: ${String(error)}`);
}
