import { maskPersonalData } from '@waybill/service-kit';

/** The code of an error that has none of its own. */
const UNEXPECTED = 'HANDLER_FAILED';
/** Records and logs hold short messages; a stack goes to the log alone. */
const MAX_MESSAGE_LENGTH = 500;
const MAX_CODE_LENGTH = 100;
/** Enough that the cut to {@link MAX_MESSAGE_LENGTH} leaves no half of an address. */
const MAX_MASKED_LENGTH = 10_000;

/**
 * The code and message that a record keeps of anything thrown. It never throws, and both are bounded. Addresses and
 * payment methods in the message are masked.
 */
export function summarizeError(thrown: unknown): { code: string; message: string } {
  const code = memberOf(thrown, 'code');
  return {
    code:
      typeof code === 'string' && /^[A-Za-z][A-Za-z0-9_]*$/.test(code)
        ? code.slice(0, MAX_CODE_LENGTH)
        : UNEXPECTED,
    message: shorten(maskPersonalData(messageOf(thrown).slice(0, MAX_MASKED_LENGTH))),
  };
}

/** The part of a message that a record holds. Cut through a character, it would be no text that Firestore takes. */
export function shorten(message: string): string {
  return message.slice(0, MAX_MESSAGE_LENGTH).toWellFormed();
}

/**
 * A thrown value that code may look at. One that throws when it is looked at, such as a revoked proxy, becomes an error
 * that says so.
 */
export function readableError(thrown: unknown): unknown {
  try {
    if (thrown instanceof Error) void [thrown.message, thrown.stack, thrown.cause];
    const { code, retryable, retryAfterSeconds } = (thrown ?? {}) as Record<string, unknown>;
    void [code, retryable, retryAfterSeconds];
    return thrown;
  } catch {
    const retryable = memberOf(thrown, 'retryable');
    const { code, message } = summarizeError(thrown);
    return Object.assign(new Error(message), { code, ...(typeof retryable === 'boolean' && { retryable }) });
  }
}

function messageOf(thrown: unknown): string {
  if (!isObject(thrown)) return String(thrown);
  const message = memberOf(thrown, 'message');
  if (typeof message === 'string') return message;
  if (message === undefined || message === null) {
    return 'The code threw a value without a message: throw an Error with one';
  }
  return isObject(message) ? textOf(message) : String(message);
}

/** A service's body that an author took for a message. */
function textOf(value: object): string {
  try {
    return JSON.stringify(value) ?? 'A message that is no text';
  } catch {
    return 'A message that is no text';
  }
}

function memberOf(thrown: unknown, name: string): unknown {
  try {
    return isObject(thrown) ? Reflect.get(thrown, name) : undefined;
  } catch {
    return undefined;
  }
}

function isObject(value: unknown): value is object {
  return (typeof value === 'object' && value !== null) || typeof value === 'function';
}
