import type { IncomingMessage } from 'node:http';
import { parseJson } from './parse-json.ts';
import { DEFAULT_BODY_LIMIT_BYTES, readBodyText } from './read-body-text.ts';
import { ServiceError } from './service-error.ts';

/**
 * Reads a request's JSON body.
 *
 * @param ctx the Koa context, or anything with its `req`
 * @param options `limitBytes`: the most bytes that are read, default 100 kB
 * @throws {ServiceError} 415 `UNSUPPORTED_MEDIA_TYPE` (not application/json, or a charset other than UTF-8),
 *   415 `UNSUPPORTED_CONTENT_ENCODING` (compressed), 413 `BODY_TOO_LARGE`, 400 `BODY_EMPTY`, `BODY_NOT_UTF8`,
 *   `BODY_NOT_JSON`, `DUPLICATE_MEMBER`, `BODY_INCOMPLETE` (the sender went away). None repeats what the body holds.
 */
export async function readJsonBody(
  ctx: { readonly req: IncomingMessage },
  options: { limitBytes?: number } = {},
): Promise<unknown> {
  const { limitBytes = DEFAULT_BODY_LIMIT_BYTES } = options;
  const text = await readBodyText(ctx.req, { mediaTypes: ['application/json'], limitBytes });
  if (text === '') {
    throw new ServiceError({
      code: 'BODY_EMPTY',
      status: 400,
      message: 'The request has no body; JSON is expected',
    });
  }
  return parseJson(text, { code: 'BODY_NOT_JSON', status: 400, subject: 'The body' });
}
