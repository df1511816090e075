import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { AppYaml, StaticHandler } from '@waybill/google-config';
import { lookup } from 'mime-types';

/** App Engine's default for static files. */
const DEFAULT_EXPIRATION_SECONDS = 600;

/**
 * Answers a request with a file, as App Engine does: every method but HEAD gets the content. The tag of the content makes the
 * answer 304 where the client has it already.
 */
export async function sendStaticFile(
  request: IncomingMessage,
  response: ServerResponse,
  options: { path: string; handler: StaticHandler; appYaml: AppYaml },
): Promise<void> {
  const { path, handler, appYaml } = options;
  const content = await readFile(path);
  request.resume();
  const seconds = handler.expirationSeconds ?? appYaml.defaultExpirationSeconds ?? DEFAULT_EXPIRATION_SECONDS;
  const tag = `"${createHash('sha1').update(content).digest('base64url').slice(0, 8)}"`;
  response.setHeader('Content-Type', handler.mimeType ?? (lookup(path) || 'application/octet-stream'));
  response.setHeader('Cache-Control', `public, max-age=${seconds}`);
  response.setHeader('ETag', tag);
  for (const [name, value] of Object.entries(handler.httpHeaders)) response.setHeader(name, value);
  if (hasTag(request.headers['if-none-match'], tag)) {
    response.removeHeader('Content-Type');
    response.writeHead(304).end();
    return;
  }
  response.setHeader('Content-Length', content.length);
  response.writeHead(200);
  response.end(request.method === 'HEAD' ? undefined : content);
}

function hasTag(ifNoneMatch: string | undefined, tag: string): boolean {
  const tags = (ifNoneMatch ?? '').split(',').map((one) => one.trim().replace(/^W\//, ''));
  return tags.includes(tag) || tags.includes('*');
}
