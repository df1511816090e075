import { inspect } from 'node:util';
import { maskPersonalData } from './mask-personal-data.ts';

/** A thrown value as a log line carries it. */
export interface ErrorDescription {
  readonly name: string;
  readonly message: string;
  readonly code?: string | number;
  readonly retryable?: boolean;
  readonly stack?: string;
  readonly cause?: ErrorDescription;
  /** The first errors of an AggregateError. */
  readonly errors?: readonly ErrorDescription[];
}

// Longer chains and lists are cut: a log line must stay within Cloud Logging's 256 KB.
const MAX_CAUSES = 5;
const MAX_ERRORS = 5;
const MAX_TEXT_LENGTH = 8_000;

/**
 * Describes a thrown value for a log: name, code, message, stack, and the same of its causes (at most 5 deep) and of
 * an AggregateError's errors (the first 5). Other properties are left out: they may hold payloads or credentials.
 * Addresses and payment methods in its texts are masked.
 */
export function describeError(thrown: unknown, causesLeft: number = MAX_CAUSES): ErrorDescription {
  try {
    return describeReadable(thrown, causesLeft);
  } catch {
    // A getter that throws, or a revoked proxy: the line must be written all the same.
    return { name: typeof thrown, message: 'The thrown value can not be read' };
  }
}

function describeReadable(thrown: unknown, causesLeft: number): ErrorDescription {
  if (!(thrown instanceof Error)) {
    return {
      name: typeof thrown,
      message: cut(typeof thrown === 'string' ? thrown : inspect(thrown, { depth: 1 })),
    };
  }
  const { code, retryable } = thrown as { code?: unknown; retryable?: unknown };
  return {
    name: thrown.name,
    message: cut(thrown.message),
    ...(typeof code === 'string' && { code: cut(code) }),
    ...(typeof code === 'number' && { code }),
    ...(typeof retryable === 'boolean' && { retryable }),
    ...(thrown.stack !== undefined && { stack: cut(thrown.stack) }),
    ...(thrown.cause !== undefined &&
      causesLeft > 0 && { cause: describeError(thrown.cause, causesLeft - 1) }),
    ...(thrown instanceof AggregateError &&
      causesLeft > 0 && {
        errors: thrown.errors
          .slice(0, MAX_ERRORS)
          .map((error: unknown) => describeError(error, causesLeft - 1)),
      }),
  };
}

function cut(value: unknown): string {
  const text = typeof value === 'string' ? value : inspect(value, { depth: 1 });
  // Masked last, an address could be cut through and stay.
  const masked = maskPersonalData(text.slice(0, 2 * MAX_TEXT_LENGTH));
  return masked.length > MAX_TEXT_LENGTH ? `${masked.slice(0, MAX_TEXT_LENGTH)}… (cut)` : masked;
}
