import { closeSync, existsSync, openSync, readdirSync, renameSync, writeFileSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { makePrivateFolder, PRIVATE_FILE_MODE } from '@waybill/emulator-kit';
import type { StoredDocument } from '../store/stored-document.ts';
import { DataFolderError } from './data-folder-error.ts';
import { documentLine } from './document-json.ts';
import { DOCUMENTS_FILE, EXPORT_FORMAT, METADATA_FILE } from './export-format.ts';

const LINES_PER_WRITE = 1_000;

/**
 * Writes documents into a folder, which is made if it is not there. An earlier export is replaced.
 * @returns the number of documents
 * @throws {DataFolderError} if the folder holds anything else, or cannot be written
 */
export function exportDocuments(documents: Iterable<StoredDocument>, directory: string): number {
  if (existsSync(directory)) refuseForeignFiles(directory);
  try {
    makePrivateFolder(directory);
    const written = join(directory, `${DOCUMENTS_FILE}.new`);
    const count = writeLines(documents, written);
    renameSync(written, join(directory, DOCUMENTS_FILE));
    const metadata = { format: EXPORT_FORMAT, documents: count };
    writeFileSync(join(directory, METADATA_FILE), `${JSON.stringify(metadata)}\n`, {
      mode: PRIVATE_FILE_MODE,
    });
    return count;
  } catch (cause) {
    const reason = (cause as Error).message;
    throw new DataFolderError('EXPORT_NOT_WRITTEN', `The export to ${directory} failed: ${reason}`, {
      cause,
    });
  }
}

function refuseForeignFiles(directory: string): void {
  const known = [METADATA_FILE, DOCUMENTS_FILE, `${DOCUMENTS_FILE}.new`];
  let files: string[];
  try {
    files = readdirSync(directory);
  } catch (cause) {
    throw new DataFolderError('EXPORT_FOLDER_IN_USE', `${directory} is not a folder: choose another one`, {
      cause,
    });
  }
  const foreign = files.find((file) => !known.includes(file));
  if (foreign === undefined) return;
  throw new DataFolderError(
    'EXPORT_FOLDER_IN_USE',
    `${directory} holds ${foreign}, which is no part of an export: choose another folder`,
  );
}

function writeLines(documents: Iterable<StoredDocument>, file: string): number {
  const descriptor = openSync(file, 'w', PRIVATE_FILE_MODE);
  try {
    let count = 0;
    let lines: string[] = [];
    const flush = (): void => {
      if (lines.length > 0) writeSync(descriptor, `${lines.join('\n')}\n`);
      lines = [];
    };
    for (const document of documents) {
      count++;
      lines.push(documentLine(document));
      if (lines.length === LINES_PER_WRITE) flush();
    }
    flush();
    return count;
  } finally {
    closeSync(descriptor);
  }
}
