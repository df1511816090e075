import type { IncomingMessage } from 'node:http';
import getRawBody from 'raw-body';
import typeIs from 'type-is';
import { ServiceError } from './service-error.ts';

/** Default of `limitBytes`: 100 kB. */
export const DEFAULT_BODY_LIMIT_BYTES = 100_000;

/**
 * Reads a request's body as text.
 * @param options.mediaTypes which it may have, as `type-is` writes them; the first one is what is asked for
 * @param options.limitBytes the most bytes that are read
 * @throws {ServiceError} 415 `UNSUPPORTED_MEDIA_TYPE`, also for a charset other than UTF-8, 415
 *   `UNSUPPORTED_CONTENT_ENCODING` (compressed), 413 `BODY_TOO_LARGE`, 400 `BODY_NOT_UTF8` and `BODY_INCOMPLETE`
 */
export async function readBodyText(
  req: IncomingMessage,
  options: { mediaTypes: readonly [string, ...string[]]; limitBytes: number },
): Promise<string> {
  checkMediaType(req, options.mediaTypes);
  checkEncoding(req);
  return decodeUtf8(await readBytes(req, options.limitBytes));
}

function checkMediaType(req: IncomingMessage, mediaTypes: readonly [string, ...string[]]): void {
  const header = req.headers['content-type'];
  const charset = /;\s*charset\s*=\s*"?([^\s;"]+)/i.exec(header ?? '')?.[1];
  const fits = header !== undefined && typeIs.is(header, [...mediaTypes]) !== false;
  if (!fits || (charset !== undefined && !/^utf-?8$/i.test(charset))) {
    throw new ServiceError({
      code: 'UNSUPPORTED_MEDIA_TYPE',
      status: 415,
      message: `Content-Type must be ${mediaTypes[0]} in UTF-8, got ${header === undefined ? 'none' : JSON.stringify(header)}`,
      headers: { Accept: mediaTypes[0] },
    });
  }
}

function checkEncoding(req: IncomingMessage): void {
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
    throw new ServiceError({ code: 'BODY_NOT_UTF8', status: 400, message: 'The body must be text in UTF-8' });
  }
}
