import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { decodeWrite, type Write } from '../transactions/decode-write.ts';
import { databaseOf } from '../values/resource-name.ts';
import { DataFolderError } from './data-folder-error.ts';
import { parseDocumentLine } from './document-json.ts';
import { DOCUMENTS_FILE, EXPORT_FORMAT, METADATA_FILE } from './export-format.ts';

/**
 * Reads the documents of an export as writes that set them.
 * @throws {DataFolderError} if the folder is no export, of a newer format, or damaged
 */
export function readExport(directory: string): Write[] {
  const { format, documents } = readMetadata(directory);
  if (format !== EXPORT_FORMAT) {
    throw new DataFolderError(
      'EXPORT_TOO_NEW',
      `${directory} is an export of format ${format}, this version reads ${EXPORT_FORMAT}: update the emulator`,
    );
  }
  const writes = readLines(directory).map((line, index) => readLine(line, directory, index));
  if (writes.length === documents) return writes;
  throw new DataFolderError(
    'EXPORT_DAMAGED',
    `${directory} holds ${writes.length} documents, but its metadata says ${documents}: export again`,
  );
}

function readMetadata(directory: string): { format?: unknown; documents?: unknown } {
  try {
    return JSON.parse(readFileSync(join(directory, METADATA_FILE), 'utf8'));
  } catch (cause) {
    throw new DataFolderError(
      'NOT_AN_EXPORT',
      `${directory} is no export: ${METADATA_FILE} cannot be read. Exports of Google's emulator have another format`,
      { cause },
    );
  }
}

function readLines(directory: string): string[] {
  try {
    const text = readFileSync(join(directory, DOCUMENTS_FILE), 'utf8');
    return text.split('\n').filter((line) => line !== '');
  } catch (cause) {
    const reason = (cause as Error).message;
    throw new DataFolderError('EXPORT_DAMAGED', `${DOCUMENTS_FILE} cannot be read: ${reason}`, { cause });
  }
}

function readLine(line: string, directory: string, index: number): Write {
  try {
    const update = parseDocumentLine(line);
    return decodeWrite(
      { operation: 'update', update, updateMask: null, updateTransforms: [], currentDocument: null },
      databaseOf(update.name),
    );
  } catch (cause) {
    const reason = (cause as Error).message;
    throw new DataFolderError(
      'EXPORT_DAMAGED',
      `Line ${index + 1} of ${join(directory, DOCUMENTS_FILE)} is no document: ${reason}`,
      { cause },
    );
  }
}
