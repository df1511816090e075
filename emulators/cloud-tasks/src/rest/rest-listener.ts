import type { IncomingMessage, RequestListener, ServerResponse } from 'node:http';
import { decodePath, isFromWebPage, parseRequestTarget } from '@waybill/emulator-kit';
import {
  methodOf,
  notFoundPage,
  type RestCall,
  readRestRequest,
  readText,
  responseForm,
  sendRestError,
  sendRestJson,
  writeJson,
} from '@waybill/emulator-kit/rest';
import type { MessageTypes } from '@waybill/emulator-kit/standard-services';
import type { Type } from 'protobufjs';
import type { ApiServices } from '../api/api-services.ts';
import { CloudTasksError } from '../engine/cloud-tasks-error.ts';
import { toRestRefusal } from './rest-refusal.ts';
import { createRouter } from './routes.ts';

/** The largest task is 1 MiB, its body a third larger in base64. */
const BODY_LIMIT_BYTES = 4 * 1024 * 1024;

/**
 * The API over HTTP and JSON (`/v2/projects/…` and the beta versions), by the same methods as over gRPC. Requests that a web page made
 * are refused: any page that is open could otherwise send tasks from this machine.
 */
export function createRestListener(options: { types: MessageTypes; services: ApiServices }): RequestListener {
  const matchRoute = createRouter(options.types);
  return (request, response) =>
    respond(request, response).catch((error: unknown) => sendError(response, error));

  async function respond(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const target = parseRequestTarget(request.url);
    const text = await readTaskText(request);
    refuseWebPages(request);
    const call = matchRoute(methodOf(request), decodePath(target.path));
    if (call === undefined) {
      response.writeHead(404, { 'content-type': 'text/html; charset=UTF-8' }).end(notFoundPage(target.path));
      return;
    }
    // Nobody waits for a response, so the client repeats the call or gives it up.
    if (response.destroyed) return;
    const query = new URLSearchParams(target.query);
    const { isPretty } = responseForm(query);
    try {
      sendRestJson(response, 200, await answer(call, query, text), isPretty);
    } catch (error) {
      sendError(response, error, isPretty);
    }
  }

  async function answer(call: RestCall, query: URLSearchParams, text: string): Promise<object> {
    const method = options.services[call.service]?.[call.method];
    if (method === undefined) {
      throw new CloudTasksError(
        'UNIMPLEMENTED',
        `This emulator doesn't implement ${call.service}/${call.method}.`,
      );
    }
    const { request, response } = messagesOf(options.types, call);
    const plain = await method(toMessage(request, readRestRequest(request, call, query, text)));
    return writeJson(response, plain as Record<string, unknown>, responseForm(query));
  }
}

/** The request and response messages of a method. */
function messagesOf(types: MessageTypes, { service, method }: RestCall): { request: Type; response: Type } {
  const definition = types.lookupService(service).methods[method];
  const request = definition?.resolvedRequestType;
  const response = definition?.resolvedResponseType;
  if (request && response) return { request, response };
  const version = service.slice(0, service.lastIndexOf('.'));
  return {
    request: types.lookup(`${version}.${method}Request`),
    response: types.lookup(`${version}.${method}Response`),
  };
}

/** A request in the form in which it would come over gRPC. */
export function toMessage(type: Type, fields: Record<string, unknown>): Record<string, unknown> {
  return type.toObject(type.fromObject(fields), {
    longs: Number,
    enums: String,
    defaults: true,
    oneofs: true,
  });
}

/** @throws {CloudTasksError} PERMISSION_DENIED for a request that a web page made */
export function refuseWebPages(request: IncomingMessage): void {
  if (!isFromWebPage(request)) return;
  throw new CloudTasksError('PERMISSION_DENIED', 'Requests from web pages are refused.');
}

/** Reads the body of a request. @throws {RestRequestError} if it is longer than any valid one */
export function readTaskText(request: IncomingMessage): Promise<string> {
  return readText(request, BODY_LIMIT_BYTES, 'Task size too large');
}

/** Sends a refusal, or cuts the connection of a response that has begun. */
export function sendError(response: ServerResponse, error: unknown, isPretty = true): void {
  sendRestError(response, toRestRefusal(error), isPretty);
}
