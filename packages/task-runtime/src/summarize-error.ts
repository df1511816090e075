/** The code of an error that has none of its own. */
const UNEXPECTED = 'HANDLER_FAILED';
/** Records and logs hold short messages; a stack goes to the log alone. */
const MAX_MESSAGE_LENGTH = 500;

/** The code and message that a record keeps of anything thrown. */
export function summarizeError(thrown: unknown): { code: string; message: string } {
  const { code, message } = (thrown instanceof Error ? thrown : { message: String(thrown) }) as {
    code?: unknown;
    message: string;
  };
  return {
    code: typeof code === 'string' && /^[A-Za-z][A-Za-z0-9_]*$/.test(code) ? code : UNEXPECTED,
    message: shorten(message),
  };
}

/** The part of a message that a record holds. Cut through a character, it would be no text that Firestore takes. */
export function shorten(message: string): string {
  return message.slice(0, MAX_MESSAGE_LENGTH).toWellFormed();
}
