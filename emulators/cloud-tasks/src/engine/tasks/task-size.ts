import type { RetrySettings } from '../queues/queue-settings.ts';
import type { Headers } from './headers.ts';
import type { Target } from './task.ts';

/**
 * The largest task that CreateTask takes: 1 MiB less 7 bytes of its stored form, for both kinds of target
 * (recorded from the live service in August 2026; the documented 100 KB for App Engine targets did not show).
 */
const MAX_TASK_BYTES = 2 ** 20 - 7;

/** What of a task counts. */
export interface SizedTask {
  readonly name: string;
  readonly target: Target;
  readonly body: Uint8Array;
  readonly createMicros: number;
  readonly scheduleMicros: number;
  /** Only if the caller set it; HTTP targets count the default too. */
  readonly deadlineMicros?: number;
  readonly retryConfig?: RetrySettings;
}

/** Whether the task's stored form is larger than the service takes. */
export function isTooLarge(task: SizedTask): boolean {
  return encodedBytes(task) > MAX_TASK_BYTES;
}

/**
 * The size of the stored task as a protobuf `Task` in bytes: defaults filled in, without counts, attempts and
 * view; of an App Engine target's routing only the host counts.
 */
export function encodedBytes(task: SizedTask): number {
  const deadlineMicros = task.deadlineMicros ?? (task.target.kind === 'http' ? 600_000_000 : undefined);
  return (
    textField(task.name) +
    field(targetBytes(task.target, task.body)) +
    momentField(task.scheduleMicros) +
    momentField(task.createMicros) +
    (deadlineMicros === undefined ? 0 : momentField(deadlineMicros)) +
    (task.retryConfig === undefined ? 0 : retryConfigField(task.retryConfig))
  );
}

function targetBytes(target: Target, body: Uint8Array): number {
  // The method is one tag byte and one value byte.
  const shared = 2 + headersBytes(target.headers) + (body.length > 0 ? field(body.length) : 0);
  if (target.kind === 'appEngine') {
    return shared + textField(target.relativeUri) + field(textField(target.routing.host));
  }
  const { oidcToken, oauthToken } = target;
  const tokenBytes = oidcToken
    ? field(textField(oidcToken.serviceAccountEmail) + textField(oidcToken.audience))
    : oauthToken
      ? field(textField(oauthToken.serviceAccountEmail) + textField(oauthToken.scope))
      : 0;
  return shared + textField(target.url) + tokenBytes;
}

function headersBytes(headers: Headers): number {
  let bytes = 0;
  // Map entries carry their key and value even where they are empty.
  for (const [name, value] of headers) {
    bytes += field(field(Buffer.byteLength(name)) + field(Buffer.byteLength(value)));
  }
  return bytes;
}

function retryConfigField(config: RetrySettings): number {
  const duration = config.maxRetryDurationMicros;
  return field(
    integerField(config.maxAttempts) +
      (duration === undefined ? 0 : momentField(duration)) +
      momentField(config.minBackoffMicros) +
      momentField(config.maxBackoffMicros) +
      integerField(config.maxDoublings),
  );
}

/** An int32. Negative ones take 10 bytes. */
function integerField(value: number): number {
  return 1 + (value < 0 ? 10 : varint(value));
}

/** A Timestamp or Duration: seconds and nanoseconds, each left out where it is zero. */
function momentField(micros: number): number {
  const seconds = Math.floor(micros / 1_000_000);
  const nanos = Math.round((micros % 1_000_000) * 1_000);
  return field((seconds > 0 ? 1 + varint(seconds) : 0) + (nanos > 0 ? 1 + varint(nanos) : 0));
}

function textField(text: string): number {
  return text === '' ? 0 : field(Buffer.byteLength(text));
}

/** A length-delimited field; all tags of the message are below 16, one byte each. */
function field(bytes: number): number {
  return 1 + varint(bytes) + bytes;
}

function varint(value: number): number {
  let bytes = 1;
  for (let rest = value; rest >= 128; rest = Math.floor(rest / 128)) bytes += 1;
  return bytes;
}
