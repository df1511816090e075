import { once } from 'node:events';
import { type IncomingHttpHeaders, type IncomingMessage, request } from 'node:http';
import { TIME_FACTOR } from './rerun-mode.ts';

const HTTP_TIMEOUT_MS = 40_000 * TIME_FACTOR;

/** A response, read to its end. */
export interface HttpResponse {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly text: string;
}

/** Makes one request to a port of this machine; unlike fetch it can set Host, which leads to a service. */
export async function callHttp(call: {
  readonly port: number;
  readonly method?: string;
  readonly path: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
}): Promise<HttpResponse> {
  const { port, method = 'GET', path, headers = {}, body } = call;
  const outgoing = request({
    host: '127.0.0.1',
    port,
    method,
    path,
    headers,
    agent: false,
    signal: AbortSignal.timeout(HTTP_TIMEOUT_MS),
  });
  outgoing.end(body);
  const [response] = (await once(outgoing, 'response')) as [IncomingMessage];
  const chunks: Buffer[] = [];
  for await (const chunk of response as AsyncIterable<Buffer>) chunks.push(chunk);
  return {
    status: response.statusCode ?? 0,
    headers: response.headers,
    text: Buffer.concat(chunks).toString('utf8'),
  };
}
