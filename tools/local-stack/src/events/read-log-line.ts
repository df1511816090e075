import type { StackEvent } from './stack-events.ts';

/** Members that every structured line has; the others become the event's fields. */
const COMMON_FIELDS = new Set(['severity', 'message', 'time', 'event', 'serviceContext', 'stack_trace']);
const TRACE_PREFIX = 'logging.googleapis.com/';

/**
 * Reads a line of a service's output: Cloud Logging's structured JSON, or plain text. Plain text on standard error counts
 * as a warning.
 */
export function readLogLine(
  line: string,
  stream: 'stdout' | 'stderr',
): Pick<StackEvent, 'event' | 'severity' | 'message' | 'fields'> {
  const parsed = parseObject(line);
  if (parsed === undefined) {
    return { event: '', severity: stream === 'stderr' ? 'WARNING' : 'INFO', message: line, fields: {} };
  }
  const fields = Object.fromEntries(
    Object.entries(parsed).filter(([name]) => !COMMON_FIELDS.has(name) && !name.startsWith(TRACE_PREFIX)),
  );
  return {
    event: text(parsed['event']),
    severity: text(parsed['severity']) || 'INFO',
    message: text(parsed['message']),
    fields,
  };
}

function parseObject(line: string): Record<string, unknown> | undefined {
  if (!line.startsWith('{')) return undefined;
  try {
    return JSON.parse(line) as Record<string, unknown>;
  } catch {
    return undefined;
  }
}

function text(value: unknown): string {
  return typeof value === 'string' ? value : '';
}
