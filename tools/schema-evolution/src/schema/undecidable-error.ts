/** Thrown for a question about schemas that cannot be answered. The message says why. */
export class UndecidableError extends Error {
  override readonly name = 'UndecidableError';
}
