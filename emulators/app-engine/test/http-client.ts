import { request } from 'node:http';
import { text } from 'node:stream/consumers';

/** What came back. */
export interface Answer {
  status: number;
  headers: Record<string, string | string[] | undefined>;
  body: string;
  /** The body, read as JSON. */
  json(): Record<string, unknown>;
}

/** Makes one request on a connection of its own, with any Host; `fetch` can't set one. */
export async function send(
  port: number,
  options: {
    path?: string;
    host?: string;
    method?: string;
    headers?: Record<string, string | string[]>;
    body?: string | Buffer;
  } = {},
): Promise<Answer> {
  const { promise, resolve, reject } = Promise.withResolvers<Answer>();
  const headers = { Host: options.host ?? 'localhost', ...options.headers };
  const sent = request(
    {
      port,
      host: '127.0.0.1',
      path: options.path ?? '/echo',
      method: options.method ?? 'GET',
      headers,
      agent: false,
    },
    (response) => {
      text(response).then((body) => {
        resolve({
          status: response.statusCode ?? 0,
          headers: response.headers,
          body,
          json: () => JSON.parse(body) as Record<string, unknown>,
        });
      }, reject);
    },
  );
  sent.on('error', reject).end(options.body);
  return promise;
}
