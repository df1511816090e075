import type { CompositeIndex, FieldOverride, IndexFile } from '@waybill/google-config';
import type { Command } from '../process/command.ts';

/** The database whose indexes are meant. */
export interface Database {
  readonly project: string;
  readonly database: string;
}

type Field = Pick<FieldOverride, 'collectionGroup' | 'fieldPath'>;

/**
 * The gcloud commands that give a database what a firestore.indexes.json says: composite indexes, fields without an index
 * of their own, and time to live. Each returns at once; Firestore goes on building by itself.
 */
export function indexCommands({ indexes, fieldOverrides }: IndexFile, database: Database): Command[] {
  return [
    ...indexes.map((index) => createIndexCommand(index, database)),
    ...fieldOverrides.flatMap((field) => {
      const exempt = changeFieldCommand(field, '--disable-indexes', database);
      return field.ttl === true ? [exempt, changeTtlCommand(field, '--enable-ttl', database)] : [exempt];
    }),
  ];
}

/** Creates a composite index. */
export function createIndexCommand(index: CompositeIndex, database: Database): Command {
  return [
    ...['gcloud', 'firestore', 'indexes', 'composite', 'create'],
    `--collection-group=${index.collectionGroup}`,
    `--query-scope=${index.queryScope.toLowerCase().replace('_', '-')}`,
    ...index.fields.map(
      ({ fieldPath, order }) => `--field-config=field-path=${fieldPath},order=${order.toLowerCase()}`,
    ),
    ...flagsOf(database),
  ];
}

/** Deletes a composite index. @param id the last part of its name */
export function deleteIndexCommand(id: string, { project, database }: Database): Command {
  const flags = [`--database=${database}`, `--project=${project}`, '--quiet'];
  return ['gcloud', 'firestore', 'indexes', 'composite', 'delete', id, ...flags];
}

/** Takes a field's own indexes away, or gives it back those that every field has. */
export function changeFieldCommand(
  { collectionGroup, fieldPath }: Field,
  change: '--disable-indexes' | '--clear-exemption',
  database: Database,
): Command {
  const where = [fieldPath, `--collection-group=${collectionGroup}`];
  return ['gcloud', 'firestore', 'indexes', 'fields', 'update', ...where, change, ...flagsOf(database)];
}

/** Has documents end at the time in a field, or no longer. */
export function changeTtlCommand(
  { collectionGroup, fieldPath }: Field,
  change: '--enable-ttl' | '--disable-ttl',
  database: Database,
): Command {
  const where = [fieldPath, `--collection-group=${collectionGroup}`];
  return ['gcloud', 'firestore', 'fields', 'ttls', 'update', ...where, change, ...flagsOf(database)];
}

function flagsOf({ project, database }: Database): string[] {
  return [`--database=${database}`, `--project=${project}`, '--async', '--quiet'];
}
