import { once } from 'node:events';
import { type IncomingMessage, request } from 'node:http';

/** A response, read to its end. */
export interface LoopbackResponse {
  readonly status: number;
  readonly text: string;
}

/** A request to a process on this machine. */
export interface LoopbackCall {
  readonly port: number;
  /** Default GET. */
  readonly method?: string;
  readonly path: string;
  /** The Host header, by which a front door finds the service; default the address. */
  readonly host?: string;
  readonly headers?: Readonly<Record<string, string>>;
  /** Sent as JSON. */
  readonly body?: unknown;
  readonly signal: AbortSignal;
}

/**
 * Makes one request on a connection of its own. A kept connection would lead to a process that was killed and restarted.
 * (fetch keeps connections, and can't set Host.)
 */
export async function callLoopback(call: LoopbackCall): Promise<LoopbackResponse> {
  const { port, method = 'GET', path, host, headers, body, signal } = call;
  const outgoing = request({
    host: '127.0.0.1',
    port,
    method,
    path,
    agent: false,
    signal,
    headers: {
      ...(host !== undefined && { host }),
      ...(body !== undefined && { 'content-type': 'application/json' }),
      ...headers,
    },
  });
  outgoing.end(body === undefined ? undefined : JSON.stringify(body));
  const [response] = (await once(outgoing, 'response')) as [IncomingMessage];
  const chunks: Buffer[] = [];
  for await (const chunk of response as AsyncIterable<Buffer>) chunks.push(chunk);
  return { status: response.statusCode ?? 0, text: Buffer.concat(chunks).toString('utf8') };
}
