import { readFileSync } from 'node:fs';
import { DeploymentError } from '@waybill/deploy';

/** A composite index, as it is asked for. */
export interface CompositeIndex {
  readonly collectionGroup: string;
  readonly queryScope: 'COLLECTION' | 'COLLECTION_GROUP';
  readonly fields: readonly { readonly fieldPath: string; readonly order: 'ASCENDING' | 'DESCENDING' }[];
}

/** A field without an index of its own, and whether documents end at the time in it. */
export interface FieldOverride {
  readonly collectionGroup: string;
  readonly fieldPath: string;
  readonly ttl?: boolean;
  readonly indexes: readonly unknown[];
}

/** A firestore.indexes.json, in the Firebase CLI's format, as far as it is used here. */
export interface IndexFile {
  readonly indexes: readonly CompositeIndex[];
  readonly fieldOverrides: readonly FieldOverride[];
}

/** Reads a firestore.indexes.json. @throws {DeploymentError} for what is known to the format and not to this code */
export function readIndexFile(file: string): IndexFile {
  const content = JSON.parse(readFileSync(file, 'utf8')) as IndexFile;
  const odd = content.fieldOverrides.find(({ indexes }) => indexes.length > 0);
  if (odd !== undefined) {
    throw new DeploymentError(
      `${file}: ${odd.collectionGroup}.${odd.fieldPath} has indexes of its own, which is not known here: teach index-commands.ts and index-drift.ts`,
    );
  }
  return content;
}
