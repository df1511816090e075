import type { IncomingMessage, RequestListener, ServerResponse } from 'node:http';
import { decodePath, parseRequestTarget, readBody } from '@waybill/emulator-kit';
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
 * (they have an Origin header) are refused: any page that is open could otherwise send tasks from this machine.
 */
export function createRestListener(options: { types: MessageTypes; services: ApiServices }): RequestListener {
  const matchRoute = createRouter(options.types);
  return (request, response) =>
    respond(request, response).catch((error: unknown) => sendError(response, error));

  async function respond(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const target = parseRequestTarget(request.url);
    const text = await readText(request);
    if (request.headers.origin !== undefined) {
      throw new CloudTasksError('PERMISSION_DENIED', 'Requests from web pages are refused.');
    }
    const call = matchRoute(request.method ?? '', decodePath(target.path));
    if (call === undefined) {
      response.writeHead(404, { 'content-type': 'text/html; charset=UTF-8' }).end(notFoundPage(target.path));
      return;
    }
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

async function readText(request: IncomingMessage): Promise<string> {
  const { body } = await readBody(request, BODY_LIMIT_BYTES);
  if (body === undefined) throw invalidArgument('Task size too large');
  return body.toString('utf8');
}

function send(response: ServerResponse, status: number, json: object, isPretty: boolean): void {
  const text = isPretty ? `${JSON.stringify(json, null, 2)}\n` : JSON.stringify(json);
  response.writeHead(status, { 'content-type': 'application/json; charset=UTF-8' }).end(text);
}

function sendError(response: ServerResponse, error: unknown, isPretty = true): void {
  if (response.headersSent || response.destroyed) {
    response.destroy();
    return;
  }
  const { status, body } = toRestError(error);
  send(response, status, body, isPretty);
}
