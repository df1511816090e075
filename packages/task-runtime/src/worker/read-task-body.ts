import type { IncomingMessage } from 'node:http';
import { canonicalJson } from '@waybill/contract-kit';
import { duplicateMember, ServiceError } from '@waybill/service-kit';
import { MAX_PAYLOAD_BYTES } from '../ledger/task-record.ts';

/** A delivery's body, as far as a record can keep it: its value, or its text and why that is no payload. */
export interface TaskBody {
  readonly value: unknown;
  readonly problem?: string;
}

/** Deeper than any contract's payload. What is far deeper, V8 can parse, but not write again: its stack ends first. */
const MAX_LEVELS = 100;

/**
 * Reads a delivery's body. It never throws for what is in it: a task whose body is wrong must be recorded as dead,
 * not delivered again and again.
 * @param rawBody the body as a body parser kept it; undefined: it is read from the request
 * @throws {ServiceError} 500 `BODY_CONSUMED` if a body parser has read it and kept nothing
 */
export async function readTaskBody(incoming: IncomingMessage, rawBody: unknown): Promise<TaskBody> {
  const chunks: Uint8Array[] = [];
  let bytes = 0;
  // Cloud Tasks takes tasks of up to 1 MiB, more than a record keeps.
  for await (const chunk of bodyChunks(incoming, rawBody)) {
    bytes += chunk.length;
    if (bytes <= MAX_PAYLOAD_BYTES) chunks.push(chunk);
  }
  if (bytes > MAX_PAYLOAD_BYTES) return tooLong(`${bytes} bytes`);
  if (bytes === 0) return { value: '', problem: 'it has no body' };

  const text = decodeUtf8(Buffer.concat(chunks));
  if (text === undefined) return { value: null, problem: 'its body is not text in UTF-8' };
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return {
      value: writtenBytes(text) > MAX_PAYLOAD_BYTES ? null : text,
      problem: 'its body is not JSON',
    };
  }
  if (isDeeperThan(MAX_LEVELS, value)) {
    return { value: null, problem: `its body is nested in more than ${MAX_LEVELS} levels` };
  }
  const written = writtenBytes(value);
  if (written > MAX_PAYLOAD_BYTES) return tooLong(`${written} bytes, written as a record keeps it`);
  const pointer = duplicateMember(text);
  return pointer === undefined ? { value } : { value, problem: `its body has the member ${pointer} twice` };
}

function bodyChunks(
  incoming: IncomingMessage,
  rawBody: unknown,
): Iterable<Uint8Array> | AsyncIterable<Uint8Array> {
  if (typeof rawBody === 'string') return [Buffer.from(rawBody)];
  if (rawBody instanceof Uint8Array) return [rawBody];
  // An empty body would be taken for the payload, and the task would be dead for it.
  if (rawBody !== undefined || incoming.readableDidRead) throw bodyConsumed(rawBody);
  return incoming as AsyncIterable<Uint8Array>;
}

function bodyConsumed(rawBody: unknown): ServiceError {
  const kept = rawBody === undefined ? 'kept no rawBody' : `kept a rawBody that is neither text nor bytes`;
  return new ServiceError({
    code: 'BODY_CONSUMED',
    // Not 503, which would slow the whole queue down.
    status: 500,
    message:
      `The body of the delivery was read before it came here, by a body parser that ${kept}. ` +
      'Mount the task listener before the body parser, or have it keep the bytes as request.rawBody',
  });
}

function tooLong(has: string): TaskBody {
  return { value: null, problem: `its body has ${has}; at most ${MAX_PAYLOAD_BYTES} are a payload` };
}

function decodeUtf8(bytes: Buffer): string | undefined {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch {
    return undefined;
  }
}

/** It may be several times what was sent: `1e20` has 21 digits, and a control character is escaped. */
function writtenBytes(value: unknown): number {
  return Buffer.byteLength(canonicalJson(value));
}

/** Level by level, for recursion would end where writing does. */
function isDeeperThan(levels: number, value: unknown): boolean {
  let level = [value].filter(isContainer);
  for (let depth = 0; level.length > 0; depth += 1) {
    if (depth === levels) return true;
    level = level.flatMap((container) => Object.values(container).filter(isContainer));
  }
  return false;
}

function isContainer(value: unknown): value is object {
  return typeof value === 'object' && value !== null;
}
