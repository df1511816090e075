import { accessSync, constants } from 'node:fs';
import { makePrivateFolder } from './private-files.ts';

/** Thrown when a data folder can't be made or written. */
class DataFolderUnusableError extends Error {
  override readonly name = 'DataFolderUnusableError';
  readonly code = 'DATA_DIR_UNUSABLE';
  readonly retryable = false;
  readonly folder: string;

  constructor(folder: string, cause: unknown) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    super(
      `The data folder ${folder} can't be made or written (${reason}): see to its permissions, or choose another folder`,
      { cause },
    );
    this.folder = folder;
  }
}

/**
 * Makes a data folder that only its owner may enter, unless it is there.
 * @throws {DataFolderUnusableError} if it can't be made or written
 */
export function prepareDataFolder(folder: string): void {
  try {
    makePrivateFolder(folder);
    accessSync(folder, constants.R_OK | constants.W_OK | constants.X_OK);
  } catch (error) {
    throw new DataFolderUnusableError(folder, error);
  }
}
