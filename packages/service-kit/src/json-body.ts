import type { IncomingMessage } from 'node:http';
import getRawBody from 'raw-body';
import typeIs from 'type-is';
import { ServiceError } from './errors.ts';

/** Default of `limitBytes`: 100 kB. */
export const DEFAULT_BODY_LIMIT_BYTES = 100_000;

/**
 * Reads a request's JSON body.
 *
 * @param ctx the Koa context, or anything with its `req`
 * @param options `limitBytes`: the most bytes that are read, default 100 kB
 * @throws {ServiceError} 415 `UNSUPPORTED_MEDIA_TYPE` (not application/json or +json, or a charset other than UTF-8),
 *   415 `UNSUPPORTED_CONTENT_ENCODING` (compressed), 413 `BODY_TOO_LARGE`, 400 `BODY_EMPTY`, `BODY_NOT_UTF8`,
 *   `BODY_NOT_JSON`, `BODY_INCOMPLETE` (the sender went away). None repeats what the body holds.
 */
export async function readJsonBody(
  ctx: { readonly req: IncomingMessage },
  options: { limitBytes?: number } = {},
): Promise<unknown> {
  const { limitBytes = DEFAULT_BODY_LIMIT_BYTES } = options;
  checkMediaType(ctx.req);
  const bytes = await readBytes(ctx.req, limitBytes);
  if (bytes.length === 0) {
    throw new ServiceError({
      code: 'BODY_EMPTY',
      status: 400,
      message: 'The request has no body; JSON is expected',
    });
  }
  return parseJson(decodeUtf8(bytes));
}

function checkMediaType(req: IncomingMessage): void {
  const header = req.headers['content-type'];
  const charset = /;\s*charset\s*=\s*"?([^\s;"]+)/i.exec(header ?? '')?.[1];
  const isJson = header !== undefined && typeIs.is(header, ['application/json', '+json']) !== false;
  if (!isJson || (charset !== undefined && !/^utf-?8$/i.test(charset))) {
    throw new ServiceError({
      code: 'UNSUPPORTED_MEDIA_TYPE',
      status: 415,
      message: `Content-Type must be application/json in UTF-8, got ${header === undefined ? 'none' : JSON.stringify(header)}`,
      headers: { Accept: 'application/json' },
    });
  }
  const encoding = req.headers['content-encoding'];
  if (encoding !== undefined && encoding.toLowerCase() !== 'identity') {
    throw new ServiceError({
      code: 'UNSUPPORTED_CONTENT_ENCODING',
      status: 415,
      message: `The body must not be compressed, got Content-Encoding ${JSON.stringify(encoding)}`,
      headers: { 'Accept-Encoding': 'identity' },
    });
  }
}

async function readBytes(req: IncomingMessage, limitBytes: number): Promise<Buffer> {
  try {
    return await getRawBody(req, { limit: limitBytes, length: req.headers['content-length'] ?? null });
  } catch (error) {
    const { type } = error as { type?: unknown };
    if (type === 'entity.too.large') {
      // What is still on its way is read and dropped (the server's request time-out bounds it): a sender that is
      // still writing would otherwise see a reset connection, not the answer.
      req.resume();
      throw new ServiceError({
        code: 'BODY_TOO_LARGE',
        status: 413,
        message: `The body must have at most ${limitBytes} bytes`,
        problem: { limitBytes },
      });
    }
    throw new ServiceError({
      code: 'BODY_INCOMPLETE',
      status: 400,
      message: 'The body ended before all of it had arrived',
      cause: error,
    });
  }
}

function decodeUtf8(bytes: Buffer): string {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch {
    throw new ServiceError({ code: 'BODY_NOT_UTF8', status: 400, message: 'The body must be JSON in UTF-8' });
  }
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
