import type { FieldOverride, IndexFile } from '@waybill/google-config';
import {
  changeFieldCommand,
  changeTtlCommand,
  createIndexCommand,
  type Database,
  deleteIndexCommand,
} from '../indexes/index-commands.ts';
import { shellText } from '../process/command.ts';
import type { Comparison, Drift } from './drift.ts';

/** The Firestore Admin API's `Index`, as `gcloud firestore indexes composite list --format=json` shows it. */
export interface DeployedIndex {
  /** `projects/P/databases/D/collectionGroups/GROUP/indexes/ID`. */
  readonly name: string;
  readonly queryScope: string;
  readonly state: string;
  /** Each ordered, or of another kind (`arrayConfig`, `vectorConfig`). Firestore adds `__name__` as the last. */
  readonly fields: readonly ({ readonly fieldPath: string } & Readonly<Record<string, unknown>>)[];
}

/** The Firestore Admin API's `Field`, as `gcloud firestore indexes fields list` and `… fields ttls list` show it. */
export interface DeployedField {
  /** `projects/P/databases/D/collectionGroups/GROUP/fields/PATH`. */
  readonly name: string;
  readonly indexConfig?: {
    /** The field whose settings hold, or would. */
    readonly ancestorField?: string;
    /** Absent where there is none. */
    readonly indexes?: readonly unknown[];
    /** Whether it has no settings of its own. */
    readonly usesAncestorConfig?: boolean;
    /** Whether its own settings are being taken back. */
    readonly reverting?: boolean;
  };
  readonly ttlConfig?: { readonly state: string };
}

/** The indexes of a database, and the fields that have settings of their own. */
export interface DeployedIndexes {
  readonly composite: readonly DeployedIndex[];
  readonly fields: readonly DeployedField[];
}

/**
 * Compares a database with a firestore.indexes.json. Collections that the file does not name belong to somebody else and
 * are left out. An index that Firestore is still building counts as there.
 */
export function indexDrift(wanted: IndexFile, deployed: DeployedIndexes, database: Database): Comparison {
  const ours = new Set([...wanted.indexes, ...wanted.fieldOverrides].map((entry) => entry.collectionGroup));
  const notes: string[] = [];
  return {
    drift: [
      ...compositeDrift(wanted, deployed.composite.filter(isOurs), database, notes),
      ...fieldDrift(wanted, deployed.fields.filter(isOurs), database, notes),
    ],
    notes,
  };

  function isOurs({ name }: { name: string }): boolean {
    return ours.has(partsOf(name).group);
  }
}

function compositeDrift(
  { indexes }: IndexFile,
  deployed: readonly DeployedIndex[],
  database: Database,
  notes: string[],
): Drift[] {
  const missing = new Map(
    indexes.map((index) => [indexLabel(index.collectionGroup, index.queryScope, index.fields), index]),
  );
  const drift: Drift[] = [];
  for (const { name, queryScope, state, fields } of deployed) {
    const { group, last } = partsOf(name);
    const label = indexLabel(group, queryScope, withoutAddedName(fields));
    const remove = shellText(deleteIndexCommand(last, database));
    if (!missing.delete(label)) {
      drift.push({ difference: `index ${label} is in the project, but not in the file`, remedy: remove });
    } else if (state === 'CREATING') notes.push(`index ${label} is still being built`);
    else if (state !== 'READY') {
      const remedy = `${remove}, then create it again`;
      drift.push({ difference: `index ${label} can't be used: its state is ${state}`, remedy });
    }
  }
  for (const [label, index] of missing) {
    const remedy = shellText(createIndexCommand(index, database));
    drift.push({ difference: `index ${label} is in the file, but not in the project`, remedy });
  }
  return drift;
}

function fieldDrift(
  { fieldOverrides }: IndexFile,
  deployed: readonly DeployedField[],
  database: Database,
  notes: string[],
): Drift[] {
  const wanted = new Map(fieldOverrides.map((field) => [fieldLabel(field), field]));
  // A field with both kinds of settings may be in both lists.
  const settings = new Map<string, DeployedField>();
  for (const field of deployed) {
    const { group: collectionGroup, last: fieldPath } = partsOf(field.name);
    const label = fieldLabel({ collectionGroup, fieldPath });
    settings.set(label, { ...settings.get(label), ...field });
  }
  return [
    ...[...wanted].flatMap(([label, field]) => wantedFieldDrift(field, settings.get(label), database, notes)),
    ...[...settings].flatMap(([label, field]) => surplusFieldDrift(field, wanted.get(label), database)),
  ];
}

/** Settings of the file that a field lacks in the project. */
function wantedFieldDrift(
  field: FieldOverride,
  deployed: DeployedField | undefined,
  database: Database,
  notes: string[],
): Drift[] {
  const drift: Drift[] = [];
  const label = fieldLabel(field);
  const { indexConfig, ttlConfig } = deployed ?? {};
  if (!hasOwnSettings(indexConfig) || (indexConfig?.indexes ?? []).length > 0) {
    const remedy = shellText(changeFieldCommand(field, '--disable-indexes', database));
    drift.push({ difference: `${label} is indexed, the file says it is not`, remedy });
  }
  if (field.ttl !== true || ttlConfig?.state === 'ACTIVE') return drift;
  if (ttlConfig?.state === 'CREATING') {
    notes.push(`time to live by ${label} is still being set up`);
    return drift;
  }
  const remedy = shellText(changeTtlCommand(field, '--enable-ttl', database));
  const state = ttlConfig === undefined ? 'not set' : `in state ${ttlConfig.state}`;
  drift.push({ difference: `time to live by ${label} is ${state}, the file says it is on`, remedy });
  return drift;
}

/** Settings that a field has in the project and not in the file. */
function surplusFieldDrift(
  { name, indexConfig, ttlConfig }: DeployedField,
  wanted: FieldOverride | undefined,
  database: Database,
): Drift[] {
  const drift: Drift[] = [];
  const { group: collectionGroup, last: fieldPath } = partsOf(name);
  const field = { collectionGroup, fieldPath };
  const label = fieldLabel(field);
  if (wanted === undefined && hasOwnSettings(indexConfig)) {
    const remedy = shellText(changeFieldCommand(field, '--clear-exemption', database));
    drift.push({ difference: `${label} has index settings of its own, the file does not name it`, remedy });
  }
  if (ttlConfig !== undefined && wanted?.ttl !== true) {
    const remedy = shellText(changeTtlCommand(field, '--disable-ttl', database));
    drift.push({
      difference: `documents are deleted at the time in ${label}, the file does not say so`,
      remedy,
    });
  }
  return drift;
}

function hasOwnSettings(config: DeployedField['indexConfig']): boolean {
  return config !== undefined && config.usesAncestorConfig !== true && config.reverting !== true;
}

/** Firestore ends each index with `__name__`, in the direction of the field before it unless asked otherwise. */
function withoutAddedName(fields: DeployedIndex['fields']): DeployedIndex['fields'] {
  const [before, last] = fields.slice(-2);
  const added = last?.fieldPath === '__name__' && last['order'] === (before?.['order'] ?? 'ASCENDING');
  return added ? fields.slice(0, -1) : fields;
}

/** `tasks (shard, dueAt)`, `tasks (state, failedAt descending)`: the same text for the same index. */
function indexLabel(
  group: string,
  scope: string,
  fields: readonly ({ readonly fieldPath: string } & Readonly<Record<string, unknown>>)[],
): string {
  const shown = fields.map(({ fieldPath, ...kind }) => {
    if (kind['order'] === 'ASCENDING') return fieldPath;
    return `${fieldPath} ${kind['order'] === 'DESCENDING' ? 'descending' : JSON.stringify(kind)}`;
  });
  const where = scope === 'COLLECTION' ? group : `${group}, ${scope.toLowerCase().replace('_', ' ')},`;
  return `${where} (${shown.join(', ')})`;
}

function fieldLabel({ collectionGroup, fieldPath }: { collectionGroup: string; fieldPath: string }): string {
  return `${collectionGroup}.${fieldPath}`;
}

/** The collection group of an index' or a field's name, and its last part. */
function partsOf(name: string): { group: string; last: string } {
  const [, group = '', last = ''] = /\/collectionGroups\/([^/]+)\/(?:indexes|fields)\/(.+)$/.exec(name) ?? [];
  return { group, last };
}
