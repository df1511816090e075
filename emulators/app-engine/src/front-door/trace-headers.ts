import { randomBytes } from 'node:crypto';

/** A place in a trace: ids in lower-case hex digits, 32 and 16. */
interface TraceContext {
  traceId: string;
  spanId: string;
  sampled: boolean;
}

/**
 * The trace of a request in both notations that App Engine gives it: `X-Cloud-Trace-Context` (Google's) and `traceparent`
 * (W3C's). A valid one from the client is kept as it is and the other one made from it; without any, a trace is begun.
 * Source: "Trace context for HTTP headers" of Cloud Trace's documentation, and requests as services got them.
 * @param headers of the request
 * @returns name, value, name, value
 */
export function traceHeaders(headers: Iterable<[string, string]>): string[] {
  let cloudTrace: string | undefined;
  let traceparent: string | undefined;
  for (const [name, value] of headers) {
    const lower = name.toLowerCase();
    if (lower === 'x-cloud-trace-context' && parseCloudTrace(value)) cloudTrace ??= value;
    if (lower === 'traceparent' && parseTraceparent(value)) traceparent ??= value;
  }
  const context = parseCloudTrace(cloudTrace) ?? parseTraceparent(traceparent) ?? newTrace();
  const flags = context.sampled ? 1 : 0;
  return [
    'X-Cloud-Trace-Context',
    cloudTrace ?? `${context.traceId}/${BigInt(`0x${context.spanId}`)};o=${flags}`,
    'traceparent',
    traceparent ?? `00-${context.traceId}-${context.spanId}-0${flags}`,
  ];
}

function parseCloudTrace(value: string | undefined): TraceContext | undefined {
  const match = /^(?!0{32})([0-9a-f]{32})(?:\/(\d{1,20}))?(?:;o=(\d))?$/i.exec(value ?? '');
  if (!match?.[1]) return undefined;
  const spanId = BigInt.asUintN(64, BigInt(match[2] ?? 0))
    .toString(16)
    .padStart(16, '0');
  return {
    traceId: match[1].toLowerCase(),
    // No span, or span 0, which W3C's notation does not allow.
    spanId: /^0+$/.test(spanId) ? newTrace().spanId : spanId,
    sampled: match[3] === '1',
  };
}

function parseTraceparent(value: string | undefined): TraceContext | undefined {
  const match = /^00-(?!0{32})([0-9a-f]{32})-(?!0{16})([0-9a-f]{16})-([0-9a-f]{2})$/.exec(value ?? '');
  if (!match?.[1] || !match[2] || !match[3]) return undefined;
  return { traceId: match[1], spanId: match[2], sampled: (Number.parseInt(match[3], 16) & 1) === 1 };
}

function newTrace(): TraceContext {
  return { traceId: randomBytes(16).toString('hex'), spanId: randomBytes(8).toString('hex'), sampled: false };
}
