import type { IncomingMessage } from 'node:http';
import { DEFAULT_BODY_LIMIT_BYTES, readBodyText } from './read-body-text.ts';
import { ServiceError } from './service-error.ts';

/**
 * Reads a request's JSON body.
 *
 * @param ctx the Koa context, or anything with its `req`
 * @param options `limitBytes`: the most bytes that are read, default 100 kB
 * @throws {ServiceError} 415 `UNSUPPORTED_MEDIA_TYPE` (not application/json, or a charset other than UTF-8),
 *   415 `UNSUPPORTED_CONTENT_ENCODING` (compressed), 413 `BODY_TOO_LARGE`, 400 `BODY_EMPTY`, `BODY_NOT_UTF8`,
 *   `BODY_NOT_JSON`, `BODY_INCOMPLETE` (the sender went away). None repeats what the body holds.
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
  return parseJson(text);
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    // V8's own message repeats a part of the body, which may hold personal data; only the place is passed on.
    const place = /at position \d+(?: \(line \d+ column \d+\))?/.exec(String(error))?.[0];
    throw new ServiceError({
      code: 'BODY_NOT_JSON',
      status: 400,
      message: `The body is not valid JSON${place ? ` ${place}` : ''}`,
    });
  }
}
