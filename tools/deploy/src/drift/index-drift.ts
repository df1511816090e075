import type { IndexFile } from '@waybill/google-config';
import {
  changeFieldCommand,
  changeTtlCommand,
  createIndexCommand,
  type Database,
  deleteIndexCommand,
} from '../indexes/index-commands.ts';
import { shellText } from '../process/gcloud-commands.ts';
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

/** What a database has; fields only as far as they have settings of their own. */
export interface DeployedIndexes {
  readonly composite: readonly DeployedIndex[];
  readonly fields: readonly DeployedField[];
}

/**
 * Compares a database with a firestore.indexes.json. Collections that the file does not name are somebody else's, and are
 * not looked at. What Firestore is still building counts as there.
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
    indexes.map((index) => [shownIndex(index.collectionGroup, index.queryScope, index.fields), index]),
  );
  const drift: Drift[] = [];
  for (const { name, queryScope, state, fields } of deployed) {
    const { group, last } = partsOf(name);
    const shown = shownIndex(group, queryScope, withoutAddedName(fields));
    const remove = shellText(deleteIndexCommand(last, database));
    if (!missing.delete(shown)) {
      drift.push({ what: `index ${shown} is in the project, but not in the file`, mend: remove });
    } else if (state === 'CREATING') notes.push(`index ${shown} is still being built`);
    else if (state !== 'READY') {
      const mend = `${remove}, then create it again`;
      drift.push({ what: `index ${shown} can't be used: its state is ${state}`, mend });
    }
  }
  for (const [shown, index] of missing) {
    const mend = shellText(createIndexCommand(index, database));
    drift.push({ what: `index ${shown} is in the file, but not in the project`, mend });
  }
  return drift;
}

function fieldDrift(
  { fieldOverrides }: IndexFile,
  deployed: readonly DeployedField[],
  database: Database,
  notes: string[],
): Drift[] {
  const wanted = new Map(fieldOverrides.map((field) => [shownField(field), field]));
  // A field with both kinds of settings may be in both lists.
  const settings = new Map<string, DeployedField>();
  for (const field of deployed) {
    const { group: collectionGroup, last: fieldPath } = partsOf(field.name);
    const shown = shownField({ collectionGroup, fieldPath });
    settings.set(shown, { ...settings.get(shown), ...field });
  }
  const drift: Drift[] = [];
  for (const [shown, field] of wanted) {
    const { indexConfig, ttlConfig } = settings.get(shown) ?? {};
    if (!hasOwnSettings(indexConfig) || (indexConfig?.indexes ?? []).length > 0) {
      const mend = shellText(changeFieldCommand(field, '--disable-indexes', database));
      drift.push({ what: `${shown} is indexed, the file says it is not`, mend });
    }
    if (field.ttl !== true) continue;
    if (ttlConfig?.state === 'CREATING') notes.push(`time to live by ${shown} is still being set up`);
    else if (ttlConfig?.state !== 'ACTIVE') {
      const mend = shellText(changeTtlCommand(field, '--enable-ttl', database));
      const state = ttlConfig === undefined ? 'not set' : `in state ${ttlConfig.state}`;
      drift.push({ what: `time to live by ${shown} is ${state}, the file says it is on`, mend });
    }
  }
  for (const [shown, { name, indexConfig, ttlConfig }] of settings) {
    const { group: collectionGroup, last: fieldPath } = partsOf(name);
    const field = { collectionGroup, fieldPath };
    if (!wanted.has(shown) && hasOwnSettings(indexConfig)) {
      const mend = shellText(changeFieldCommand(field, '--clear-exemption', database));
      drift.push({ what: `${shown} has index settings of its own, the file does not name it`, mend });
    }
    if (ttlConfig !== undefined && wanted.get(shown)?.ttl !== true) {
      const mend = shellText(changeTtlCommand(field, '--disable-ttl', database));
      drift.push({ what: `documents are deleted at the time in ${shown}, the file does not say so`, mend });
    }
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
function shownIndex(
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

function shownField({ collectionGroup, fieldPath }: { collectionGroup: string; fieldPath: string }): string {
  return `${collectionGroup}.${fieldPath}`;
}

/** The collection group of an index' or a field's name, and its last part. */
function partsOf(name: string): { group: string; last: string } {
  const [, group = '', last = ''] = /\/collectionGroups\/([^/]+)\/(?:indexes|fields)\/(.+)$/.exec(name) ?? [];
  return { group, last };
}
