import type { IncomingMessage } from 'node:http';
import { DEFAULT_BODY_LIMIT_BYTES, readBodyText } from './read-body-text.ts';

/**
 * Reads what a page's form sent, as application/x-www-form-urlencoded. An empty body is an empty form.
 *
 * @param ctx the Koa context, or anything with its `req`
 * @param options `limitBytes`: the most bytes that are read, default 100 kB
 * @throws {ServiceError} as {@link readBodyText} does. None repeats what the body holds.
 */
export async function readFormBody(
  ctx: { readonly req: IncomingMessage },
  options: { limitBytes?: number } = {},
): Promise<URLSearchParams> {
  const { limitBytes = DEFAULT_BODY_LIMIT_BYTES } = options;
  const mediaTypes = ['application/x-www-form-urlencoded'] as const;
  return new URLSearchParams(await readBodyText(ctx.req, { mediaTypes, limitBytes }));
}
