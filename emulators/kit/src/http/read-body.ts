import type { IncomingMessage } from 'node:http';

/**
 * Reads a request's body to its end, also where it is too long: a client that is cut off while it sends loses the
 * response.
 * @returns `body` is undefined if it has more than `maxBytes`
 */
export async function readBody(
  request: IncomingMessage,
  maxBytes: number,
): Promise<{ readonly body: Buffer | undefined; readonly byteLength: number }> {
  const chunks: Buffer[] = [];
  let byteLength = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    byteLength += chunk.length;
    if (byteLength <= maxBytes) chunks.push(chunk);
  }
  return { body: byteLength <= maxBytes ? Buffer.concat(chunks) : undefined, byteLength };
}
