import type { IncomingMessage, RequestListener, ServerResponse } from 'node:http';
import { type AllowedHosts, decodePath, type GrpcHandler, parseRequestTarget } from '@waybill/emulator-kit';
import {
  methodOf,
  notFoundPage,
  type RestCall,
  readRestRequest,
  readText,
  responseForm,
  sendRestError,
} from '@waybill/emulator-kit/rest';
import type { Method, Type } from 'protobufjs';
import { receive } from '../grpc/firestore-server.ts';
import { firestoreService } from '../protocol/firestore-service.ts';
import { firestoreTypes } from '../protocol/message-types.ts';
import { callHandler } from './rest-call.ts';
import { toRestRefusal } from './rest-refusal.ts';
import { messageArray, singleMessage } from './rest-responses.ts';
import { createRouter } from './rest-routes.ts';
import { allowOrigin, answerPreflight, originRefusal } from './web-origins.ts';

/** A commit has at most 10 MiB; in JSON and base64 it is longer. */
const MAX_BODY_BYTES = 32 * 1024 * 1024;

/**
 * Serves the API over HTTP and JSON (`/v1/projects/…`), by the same handlers as over gRPC. Web pages of this machine may
 * call it.
 */
export function createRestListener(options: {
  readonly handlers: Readonly<Record<string, GrpcHandler>>;
  /** The hosts whose pages may call it. */
  readonly hosts: AllowedHosts;
}): RequestListener {
  const service = firestoreTypes().lookupService('google.firestore.v1.Firestore');
  const matchRoute = createRouter(service);
  return (request, response) =>
    respond(request, response).catch((error: unknown) => sendRestError(response, toRestRefusal(error), true));

  async function respond(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const target = parseRequestTarget(request.url);
    const refusedOrigin = allowOrigin(request, response, options.hosts);
    const text = await readText(request, MAX_BODY_BYTES, 'The request body is too large.');
    if (response.destroyed) return;
    if (refusedOrigin !== undefined) {
      const message = originRefusal(refusedOrigin);
      return sendRestError(response, { status: 'PERMISSION_DENIED', message }, true);
    }
    if (request.method === 'OPTIONS') return answerPreflight(request, response);
    const call = matchRoute(methodOf(request), target.path);
    if (call === undefined) {
      response.writeHead(404, { 'content-type': 'text/html; charset=UTF-8' }).end(notFoundPage(target.path));
      return;
    }
    const query = new URLSearchParams(target.query);
    const form = responseForm(query);
    const method = service.methods[call.method] as Method;
    // Google's REST answers every failure of a streaming method in an array.
    const write = method.responseStream ? messageArray : singleMessage;
    const responses = write(response, method.resolvedResponseType as Type, form);
    try {
      runCall({ call, method, query, text }, response, responses);
    } catch (error) {
      responses.refuse(toRestRefusal(error));
    }
  }

  function runCall(
    { call, method, query, text }: { call: RestCall; method: Method; query: URLSearchParams; text: string },
    response: ServerResponse,
    responses: ReturnType<typeof singleMessage>,
  ): void {
    const handle = options.handlers[call.method];
    const definition = firestoreService[call.method];
    if (handle === undefined || definition === undefined || method.requestStream) {
      const message = `${call.method} needs a stream in both directions: use gRPC.`;
      responses.refuse({ status: 'UNIMPLEMENTED', message });
      return;
    }
    const type = method.resolvedRequestType as Type;
    const named = Object.entries(call.fields).map(([field, value]) => [field, decodePath(value)]);
    const decoded: RestCall = { ...call, fields: Object.fromEntries(named) };
    const fields = readRestRequest(type, decoded, query, text);
    const bytes = Buffer.from(type.encode(type.fromObject(fields)).finish());
    callHandler(handle, receive(definition, bytes), response, responses);
  }
}
