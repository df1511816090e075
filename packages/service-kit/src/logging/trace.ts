import { randomBytes } from 'node:crypto';
import type { IncomingHttpHeaders } from 'node:http';

/** The trace that a request belongs to. */
export interface Trace {
  /** 32 lower-case hex digits. */
  readonly traceId: string;
  /** The caller's span, 16 lower-case hex digits; absent where the caller named none. */
  readonly spanId?: string;
  readonly sampled: boolean;
  /** The same as a W3C `traceparent` value, to be sent on and kept with tasks. */
  readonly traceparent: string;
}

/**
 * Reads the trace of a request: from `X-Cloud-Trace-Context` (`TRACE_ID/SPAN_ID;o=1`, the span a decimal number), by
 * which App Engine's own request log is joined, else from W3C `traceparent`, else a new one is made.
 * Source: https://cloud.google.com/trace/docs/trace-context and https://www.w3.org/TR/trace-context/
 */
export function readTrace(
  headers: IncomingHttpHeaders,
  randomHex: (byteCount: number) => string = (byteCount) => randomBytes(byteCount).toString('hex'),
): Trace {
  const found = readCloudTrace(headers['x-cloud-trace-context']) ?? readTraceparent(headers['traceparent']);
  const traceId = found?.traceId ?? randomHex(16);
  const sampled = found?.sampled ?? false;
  const parentId = found?.spanId ?? randomHex(8);
  return {
    traceId,
    ...(found?.spanId !== undefined && { spanId: found.spanId }),
    sampled,
    traceparent: `00-${traceId}-${parentId}-${sampled ? '01' : '00'}`,
  };
}

/**
 * The fields by which Cloud Logging joins a log line to its trace. Without a project id only `traceId` can be given:
 * the special field wants the full resource name.
 */
export function traceLogFields(trace: Trace, project: string | undefined): Readonly<Record<string, unknown>> {
  if (project === undefined) return { traceId: trace.traceId };
  return {
    'logging.googleapis.com/trace': `projects/${project}/traces/${trace.traceId}`,
    ...(trace.spanId !== undefined && { 'logging.googleapis.com/spanId': trace.spanId }),
    'logging.googleapis.com/trace_sampled': trace.sampled,
  };
}

interface FoundTrace {
  traceId: string;
  spanId?: string;
  sampled: boolean;
}

function readCloudTrace(header: string | string[] | undefined): FoundTrace | undefined {
  const match = /^([0-9a-f]{32})(?:\/(\d{1,20}))?(?:;o=(\d+))?$/i.exec(String(header ?? '').trim());
  if (!match?.[1] || /^0+$/.test(match[1])) return undefined;
  const spanId = match[2] === undefined ? undefined : spanIdOfDecimal(match[2]);
  return {
    traceId: match[1].toLowerCase(),
    ...(spanId !== undefined && { spanId }),
    sampled: (Number(match[3] ?? 0) & 1) === 1,
  };
}

function spanIdOfDecimal(decimal: string): string | undefined {
  const value = BigInt(decimal);
  return value > 0n && value < 1n << 64n ? value.toString(16).padStart(16, '0') : undefined;
}

function readTraceparent(header: string | string[] | undefined): FoundTrace | undefined {
  const match = /^(?!ff)[0-9a-f]{2}-([0-9a-f]{32})-([0-9a-f]{16})-([0-9a-f]{2})/.exec(
    String(header ?? '').trim(),
  );
  const [, traceId, spanId, flags] = match ?? [];
  if (!traceId || !spanId || !flags || /^0+$/.test(traceId) || /^0+$/.test(spanId)) return undefined;
  return { traceId, spanId, sampled: (Number.parseInt(flags, 16) & 1) === 1 };
}
