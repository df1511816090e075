import type { IncomingMessage, RequestListener, ServerResponse } from 'node:http';
import { decodePath, isFromWebPage, parseRequestTarget, readBody } from '@waybill/emulator-kit';
import type { Type } from 'protobufjs';
import type { ApiServices } from '../api/api-services.ts';
import { CloudTasksError, invalidArgument } from '../engine/cloud-tasks-error.ts';
import type { MessageTypes } from './message-types.ts';
import { notFoundPage } from './not-found-page.ts';
import { toRestError } from './rest-errors.ts';
import { readRestRequest } from './rest-request.ts';
import { createRouter, type RestCall } from './routes.ts';
import { writeJson } from './write-json.ts';

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
    const text = await readText(request);
    refuseWebPages(request);
    const call = matchRoute(methodOf(request), decodePath(target.path));
    if (call === undefined) {
      response.writeHead(404, { 'content-type': 'text/html; charset=UTF-8' }).end(notFoundPage(target.path));
      return;
    }
    // Nobody waits for a response, so the client repeats the call or gives it up.
    if (response.destroyed) return;
    const query = new URLSearchParams(target.query);
    const isPretty = !['prettyPrint', '$prettyPrint', 'pp'].some((name) => query.get(name) === 'false');
    try {
      send(response, 200, await answer(call, query, text), isPretty);
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
    const plain = await method(readRestRequest(request, call, query, text));
    const enumsAsNumbers = ['alt', '$alt'].some((name) => query.get(name)?.includes('enum-encoding=int'));
    return writeJson(response, plain as Record<string, unknown>, { enumsAsNumbers });
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

/** The method of a request. Java's transport can't send PATCH: it sends POST with a header. */
function methodOf({ method = '', headers }: IncomingMessage): string {
  const override = headers['x-http-method-override'];
  return method === 'POST' && typeof override === 'string' ? override.toUpperCase() : method;
}

/** @throws {CloudTasksError} PERMISSION_DENIED for a request that a web page made */
export function refuseWebPages(request: IncomingMessage): void {
  if (!isFromWebPage(request)) return;
  throw new CloudTasksError('PERMISSION_DENIED', 'Requests from web pages are refused.');
}

/** Reads the body of a request. @throws {CloudTasksError} INVALID_ARGUMENT if it is longer than any valid one */
export async function readText(request: IncomingMessage): Promise<string> {
  const { body } = await readBody(request, BODY_LIMIT_BYTES);
  if (body === undefined) throw invalidArgument('Task size too large');
  return body.toString('utf8');
}

/** Sends JSON as the service writes it. */
export function send(response: ServerResponse, status: number, json: object, isPretty: boolean): void {
  const text = isPretty ? `${JSON.stringify(json, null, 2)}\n` : JSON.stringify(json);
  response.writeHead(status, { 'content-type': 'application/json; charset=UTF-8' }).end(text);
}

/** Sends a refusal, or cuts the connection of a response that has begun. */
export function sendError(response: ServerResponse, error: unknown, isPretty = true): void {
  if (response.headersSent || response.destroyed) {
    response.destroy();
    return;
  }
  const { status, body } = toRestError(error);
  send(response, status, body, isPretty);
}
