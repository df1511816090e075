/** The codes of google.rpc.Code that this emulator answers with. */
export type StatusCode =
  | 'INVALID_ARGUMENT'
  | 'NOT_FOUND'
  | 'ALREADY_EXISTS'
  | 'FAILED_PRECONDITION'
  | 'PERMISSION_DENIED'
  | 'UNIMPLEMENTED'
  | 'INTERNAL'
  | 'UNAVAILABLE';

/** A link to documentation that the service attaches to some refusals (google.rpc.Help). */
export interface HelpLink {
  readonly description: string;
  readonly url: string;
}

/**
 * A refusal with the code and text of the real service; the gRPC and REST layers only carry it over.
 * Nothing has changed when one is thrown.
 */
export class CloudTasksError extends Error {
  override readonly name = 'CloudTasksError';
  readonly code: StatusCode;
  readonly help: HelpLink | undefined;

  constructor(code: StatusCode, message: string, help?: HelpLink) {
    super(message);
    this.code = code;
    this.help = help;
  }
}

/** Shorthand for the most common refusal. */
export function invalidArgument(message: string, help?: HelpLink): CloudTasksError {
  return new CloudTasksError('INVALID_ARGUMENT', message, help);
}
