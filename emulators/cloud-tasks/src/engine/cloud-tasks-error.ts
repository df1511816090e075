import type { FieldViolation } from '@waybill/emulator-kit/rest';

/** The codes of google.rpc.Code that this emulator answers with. */
export type StatusCode =
  | 'INVALID_ARGUMENT'
  | 'NOT_FOUND'
  | 'ALREADY_EXISTS'
  | 'FAILED_PRECONDITION'
  | 'PERMISSION_DENIED'
  | 'ABORTED'
  | 'UNIMPLEMENTED'
  | 'INTERNAL'
  | 'UNAVAILABLE';

/** A link to documentation, as google.rpc.Help carries it. */
export interface HelpLink {
  readonly description: string;
  readonly url: string;
}

/** A detail of a refusal: `type` names the message of google/rpc/error_details.proto, `fields` are its members. */
export type ErrorDetail =
  | { readonly type: 'Help'; readonly fields: { readonly links: readonly HelpLink[] } }
  | {
      readonly type: 'ErrorInfo';
      readonly fields: {
        readonly reason: string;
        readonly domain: string;
        readonly metadata: Readonly<Record<string, string>>;
      };
    }
  | {
      readonly type: 'LocalizedMessage';
      readonly fields: { readonly locale: string; readonly message: string };
    }
  | {
      readonly type: 'BadRequest';
      readonly fields: { readonly fieldViolations: readonly FieldViolation[] };
    };

/**
 * A refusal with the code, text and details of the real service; the gRPC and REST layers only carry it over.
 * Nothing has changed when one is thrown.
 */
export class CloudTasksError extends Error {
  override readonly name = 'CloudTasksError';
  readonly code: StatusCode;
  readonly details: readonly ErrorDetail[];

  constructor(code: StatusCode, message: string, details: readonly ErrorDetail[] = []) {
    super(message);
    this.code = code;
    this.details = details;
  }
}

/** Shorthand for the most common refusal. */
export function invalidArgument(message: string, ...details: ErrorDetail[]): CloudTasksError {
  return new CloudTasksError('INVALID_ARGUMENT', message, details);
}

/** The refusal of values for which the service has no text of their own. */
export function invalidRequest(): CloudTasksError {
  return invalidArgument('Request contains an invalid argument.');
}

/** A link to documentation as a detail. */
export function helpDetail(description: string, url: string): ErrorDetail {
  return { type: 'Help', fields: { links: [{ description, url }] } };
}
