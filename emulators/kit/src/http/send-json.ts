import type { ServerResponse } from 'node:http';

/** Writes a JSON response; a problem (RFC 9457) from status 400 on. */
export function sendJson(response: ServerResponse, status: number, body: unknown): void {
  const type = status >= 400 ? 'application/problem+json' : 'application/json';
  const text = `${JSON.stringify(body)}\n`;
  response.writeHead(status, { 'content-type': type }).end(text);
}
