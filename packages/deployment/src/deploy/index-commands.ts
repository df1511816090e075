import { readFileSync } from 'node:fs';
import { DeploymentError } from '../deployment-error.ts';
import type { Command } from './gcloud-commands.ts';

/** A firestore.indexes.json, in the Firebase CLI's format, as far as it is used here. */
interface IndexFile {
  readonly indexes: readonly {
    readonly collectionGroup: string;
    readonly queryScope: 'COLLECTION' | 'COLLECTION_GROUP';
    readonly fields: readonly { readonly fieldPath: string; readonly order: 'ASCENDING' | 'DESCENDING' }[];
  }[];
  readonly fieldOverrides: readonly {
    readonly collectionGroup: string;
    readonly fieldPath: string;
    readonly ttl?: boolean;
    readonly indexes: readonly unknown[];
  }[];
}

/**
 * The gcloud commands that give a database what a firestore.indexes.json says: composite indexes, fields without an index
 * of their own, and time to live. Each returns at once; Firestore goes on building by itself.
 * @throws {DeploymentError} for what gcloud would have to be told otherwise
 */
export function indexCommands(file: string, target: { project: string; database: string }): Command[] {
  const { indexes, fieldOverrides } = JSON.parse(readFileSync(file, 'utf8')) as IndexFile;
  const at = [`--database=${target.database}`, `--project=${target.project}`, '--async', '--quiet'];
  const composites = indexes.map(({ collectionGroup, queryScope, fields }): Command => {
    const configs = fields.map(
      ({ fieldPath, order }) => `--field-config=field-path=${fieldPath},order=${order.toLowerCase()}`,
    );
    return [
      ...['gcloud', 'firestore', 'indexes', 'composite', 'create'],
      `--collection-group=${collectionGroup}`,
      `--query-scope=${queryScope.toLowerCase().replace('_', '-')}`,
      ...configs,
      ...at,
    ];
  });
  const fields = fieldOverrides.flatMap(({ collectionGroup, fieldPath, ttl, indexes: own }): Command[] => {
    if (own.length > 0) {
      throw new DeploymentError(
        `${file}: ${collectionGroup}.${fieldPath} has indexes of its own, which is not known here: teach index-commands.ts`,
      );
    }
    const group = `--collection-group=${collectionGroup}`;
    const exempt = [
      'gcloud',
      'firestore',
      'indexes',
      'fields',
      'update',
      fieldPath,
      group,
      '--disable-indexes',
      ...at,
    ];
    const expire = [
      'gcloud',
      'firestore',
      'fields',
      'ttls',
      'update',
      fieldPath,
      group,
      '--enable-ttl',
      ...at,
    ];
    return ttl === true ? [exempt, expire] : [exempt];
  });
  return [...composites, ...fields];
}
