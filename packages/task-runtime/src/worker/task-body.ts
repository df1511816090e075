import type { IncomingMessage } from 'node:http';

/** A delivery's body, as far as it can be read: its value, or its text and why that is no payload. */
export interface TaskBody {
  readonly value: unknown;
  readonly problem?: string;
}

/** Cloud Tasks takes tasks of up to 1 MiB; records keep up to 512 KiB of payload. */
const LONGEST_BODY_BYTES = 512 * 1024;

/**
 * Reads a delivery's body. It never throws for what is in it: a task whose body is wrong must be recorded as dead,
 * not delivered again and again.
 */
export async function readTaskBody(request: IncomingMessage): Promise<TaskBody> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    bytes += chunk.length;
    if (bytes <= LONGEST_BODY_BYTES) chunks.push(chunk);
  }
  if (bytes > LONGEST_BODY_BYTES) {
    return {
      value: null,
      problem: `its body has ${bytes} bytes; at most ${LONGEST_BODY_BYTES} are a payload`,
    };
  }
  const text = Buffer.concat(chunks).toString('utf8');
  try {
    return { value: JSON.parse(text) as unknown };
  } catch {
    return { value: text, problem: bytes === 0 ? 'it has no body' : 'its body is not JSON' };
  }
}
