import { isUtf8 } from 'node:buffer';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { readBody } from '../http/read-body.ts';
import { RestRequestError } from './field-violation.ts';
import { HTTP_STATUS, type RestRefusal, restErrorBody } from './rest-error.ts';
import type { JsonForm } from './write-json.ts';

/** The form of a response that a query asks for. */
export interface ResponseForm extends JsonForm {
  readonly isPretty: boolean;
}

/** Reads the system parameters that choose the form of a response. */
export function responseForm(query: URLSearchParams): ResponseForm {
  return {
    isPretty: !['prettyPrint', '$prettyPrint', 'pp'].some((name) => query.get(name) === 'false'),
    enumsAsNumbers: ['alt', '$alt'].some((name) => query.get(name)?.includes('enum-encoding=int')),
  };
}

/** The method of a request. Clients that cannot send PATCH, such as Java's, send POST with a header. */
export function methodOf({ method = '', headers }: IncomingMessage): string {
  const override = headers['x-http-method-override'];
  return method === 'POST' && typeof override === 'string' ? override.toUpperCase() : method;
}

/**
 * Reads the body of a request.
 * @param tooLarge the text of the refusal
 * @throws {RestRequestError} if it has more than `maxBytes`, or is not UTF-8
 */
export async function readText(
  request: IncomingMessage,
  maxBytes: number,
  tooLarge: string,
): Promise<string> {
  const { body } = await readBody(request, maxBytes);
  if (body === undefined) throw new RestRequestError(tooLarge);
  if (!isUtf8(body)) {
    throw new RestRequestError('Invalid JSON payload received. Encountered non UTF-8 code points.');
  }
  return body.toString('utf8');
}

/** Sends JSON as Google's REST APIs write it. */
export function sendRestJson(
  response: ServerResponse,
  status: number,
  json: object,
  isPretty: boolean,
): void {
  const text = isPretty ? `${JSON.stringify(json, null, 2)}\n` : JSON.stringify(json);
  response.writeHead(status, { 'content-type': 'application/json; charset=UTF-8' }).end(text);
}

/** Sends a refusal, or cuts the connection of a response that has begun. */
export function sendRestError(response: ServerResponse, refusal: RestRefusal, isPretty: boolean): void {
  if (response.headersSent || response.destroyed) {
    response.destroy();
    return;
  }
  sendRestJson(response, HTTP_STATUS[refusal.status], restErrorBody(refusal), isPretty);
}
