import type { LookupFunction } from 'node:net';
import { Agent, type Dispatcher as Undici } from 'undici';
import type { Http1Response } from './http1/http1-response.ts';
import type { TargetRequest } from './target-request.ts';

/** Longer bodies are cut. */
const MAX_BODY_BYTES = 1024 * 1024;
/** Start of a response body that is kept for developers. */
const KEPT_BODY_BYTES = 4 * 1024;

/** Sends requests to `https:` origins: TLS costs more than the client, so a library does it. */
export class HttpsClient {
  readonly #agent: Agent;

  constructor(lookup: LookupFunction) {
    this.#agent = new Agent({ headersTimeout: 0, bodyTimeout: 0, connect: { lookup } });
  }

  async send(request: TargetRequest, signal: AbortSignal): Promise<Http1Response> {
    const { origin, path, method, headers, body } = request;
    const response = await this.#agent.request({
      origin,
      path,
      method,
      headers: headers.flat(),
      body: body.length > 0 ? body : null,
      signal,
    });
    return {
      status: response.statusCode,
      headers: firstValues(response.headers),
      body: await readToEnd(response.body),
    };
  }

  async close(): Promise<void> {
    await this.#agent.destroy();
  }
}

/** Reads a body to its end, so that the connection can be used again. @returns the start of it */
async function readToEnd(body: Undici.ResponseData['body']): Promise<string> {
  const kept: Buffer[] = [];
  let byteLength = 0;
  for await (const chunk of body as AsyncIterable<Buffer>) {
    if (byteLength < KEPT_BODY_BYTES) kept.push(chunk);
    byteLength += chunk.length;
    if (byteLength > MAX_BODY_BYTES) break;
  }
  return Buffer.concat(kept).subarray(0, KEPT_BODY_BYTES).toString();
}

function firstValues(headers: Undici.ResponseData['headers']): Record<string, string> {
  return Object.fromEntries(
    Object.entries(headers).map(([name, value]) => [name, (Array.isArray(value) ? value[0] : value) ?? '']),
  );
}
