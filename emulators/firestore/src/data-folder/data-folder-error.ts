export type DataFolderErrorCode =
  | 'EXPORT_FOLDER_IN_USE'
  | 'EXPORT_NOT_WRITTEN'
  | 'NOT_AN_EXPORT'
  | 'EXPORT_TOO_NEW'
  | 'EXPORT_DAMAGED';

/** Thrown where a folder cannot be written as an export, or read as one. Nothing was imported. */
export class DataFolderError extends Error {
  override readonly name = 'DataFolderError';
  readonly code: DataFolderErrorCode;
  readonly retryable = false;

  constructor(code: DataFolderErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}
