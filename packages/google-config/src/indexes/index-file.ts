import { readFileText } from '../yaml/read-file-text.ts';
import { parseYaml, type YamlFile, type YamlPath } from '../yaml/yaml-file.ts';
import { YamlFileError } from '../yaml/yaml-file-error.ts';

/** A composite index, as the file asks for it. */
export interface CompositeIndex {
  readonly collectionGroup: string;
  readonly queryScope: 'COLLECTION' | 'COLLECTION_GROUP';
  readonly fields: readonly IndexedField[];
}

/** A field of a composite index. */
export type IndexedField = {
  readonly fieldPath: string;
  readonly order: 'ASCENDING' | 'DESCENDING';
};

/** Settings of one field that replace those of all fields. */
export interface FieldOverride {
  readonly collectionGroup: string;
  readonly fieldPath: string;
  /** Whether Firestore deletes a document at the time in this field. */
  readonly ttl?: boolean;
  /** The field's own indexes; an empty list exempts it from indexing. */
  readonly indexes: readonly unknown[];
}

/** The content of a firestore.indexes.json, which is in the Firebase CLI's format. */
export interface IndexFile {
  readonly indexes: readonly CompositeIndex[];
  readonly fieldOverrides: readonly FieldOverride[];
}

/** A field of an index of any kind. Each has one of the three settings. */
export interface AnyIndexedField {
  readonly fieldPath: string;
  readonly order?: 'ASCENDING' | 'DESCENDING';
  readonly arrayConfig?: 'CONTAINS';
  readonly vectorConfig?: unknown;
}

/** An index of one field, as an override lists it. */
export interface SingleFieldIndex {
  readonly order?: 'ASCENDING' | 'DESCENDING';
  readonly arrayConfig?: 'CONTAINS';
  readonly queryScope: 'COLLECTION' | 'COLLECTION_GROUP';
}

/** The content of a firestore.indexes.json with indexes of every kind. */
export interface AnyIndexFile {
  readonly indexes: readonly (Omit<CompositeIndex, 'fields'> & {
    readonly fields: readonly AnyIndexedField[];
  })[];
  readonly fieldOverrides: readonly (Omit<FieldOverride, 'indexes'> & {
    readonly indexes: readonly SingleFieldIndex[];
  })[];
}

const QUERY_SCOPES = ['COLLECTION', 'COLLECTION_GROUP'] as const;
const ORDERS = ['ASCENDING', 'DESCENDING'] as const;
const ANY_NAME = /\S/;

/** Reads a firestore.indexes.json. @throws {YamlFileError} naming every problem, or that the file can't be read */
export function readIndexFile(file: string): IndexFile {
  return parseIndexFile(file, readFileText(file));
}

/**
 * Reads the text of a firestore.indexes.json. Array and vector indexes are problems: no command of Waybill makes them.
 * @throws {YamlFileError} naming every problem with its line
 */
export function parseIndexFile(file: string, text: string): IndexFile {
  refuseOtherThanJson(file, text);
  // JSON is YAML too, and the YAML reader knows the lines.
  const yaml = parseYaml(file, text, '1.2');
  const root = yaml.mapping(yaml.content, [], 'the file', ['indexes', 'fieldOverrides']) ?? {};
  const indexes = eachItem(yaml, root, 'indexes', (_yaml, item, path) => parseIndex(yaml, item, path));
  const fieldOverrides = eachItem(yaml, root, 'fieldOverrides', parseFieldOverride);
  yaml.throwIfBad();
  return { indexes, fieldOverrides };
}

/**
 * Reads a firestore.indexes.json with indexes of every kind, array and vector indexes included.
 * @throws {YamlFileError} naming every problem, or that the file can't be read
 */
export function readAnyIndexFile(file: string): AnyIndexFile {
  const text = readFileText(file);
  refuseOtherThanJson(file, text);
  const yaml = parseYaml(file, text, '1.2');
  const root = yaml.mapping(yaml.content, [], 'the file', ['indexes', 'fieldOverrides']) ?? {};
  const indexes = eachItem(yaml, root, 'indexes', (_yaml, item, path) =>
    parseIndex(yaml, item, path, { keys: MORE_INDEX_KEYS, parseEach: parseAnyField }),
  );
  const fieldOverrides = eachItem(yaml, root, 'fieldOverrides', (_yaml, item, path) => {
    const override = parseFieldOverride(yaml, item, path);
    if (override === undefined) return undefined;
    const ownIndexes = eachItem(yaml, { indexes: override.indexes }, 'indexes', parseSingleFieldIndex, path);
    return { ...override, indexes: ownIndexes };
  });
  yaml.throwIfBad();
  return { indexes, fieldOverrides };
}

/** Keys that `firebase firestore:indexes` writes beside those that say which queries an index serves. */
const MORE_INDEX_KEYS = ['apiScope', 'density', 'multikey', 'unique'];

function parseAnyField(yaml: YamlFile, item: unknown, path: YamlPath): AnyIndexedField | undefined {
  const keys = ['fieldPath', 'order', 'arrayConfig', 'vectorConfig'];
  const field = yaml.mapping(item, path, 'a field of an index', keys);
  if (!field) return undefined;
  const fieldPath = requiredText(yaml, field, path, 'fieldPath');
  const kind = parseKind(yaml, field, path);
  return fieldPath === undefined || kind === undefined ? undefined : { fieldPath, ...kind };
}

function parseSingleFieldIndex(yaml: YamlFile, item: unknown, path: YamlPath): SingleFieldIndex | undefined {
  const index = yaml.mapping(item, path, 'an index of a field', ['order', 'arrayConfig', 'queryScope']);
  if (!index) return undefined;
  const kind = parseKind(yaml, index, path);
  const queryScope =
    index['queryScope'] === undefined ? 'COLLECTION' : oneOf(yaml, index, path, 'queryScope', QUERY_SCOPES);
  return kind === undefined || queryScope === undefined ? undefined : { ...kind, queryScope };
}

function parseKind(
  yaml: YamlFile,
  parent: Readonly<Record<string, unknown>>,
  path: YamlPath,
): Omit<AnyIndexedField, 'fieldPath'> | undefined {
  if (parent['vectorConfig'] !== undefined) return { vectorConfig: parent['vectorConfig'] };
  if (parent['arrayConfig'] !== undefined) {
    const arrayConfig = oneOf(yaml, parent, path, 'arrayConfig', ['CONTAINS'] as const);
    return arrayConfig && { arrayConfig };
  }
  const order = oneOf(yaml, parent, path, 'order', ORDERS);
  return order && { order };
}

function refuseOtherThanJson(file: string, text: string): void {
  try {
    JSON.parse(text);
  } catch (error) {
    const { message } = error as SyntaxError;
    const [, line = '1'] = /line (\d+)/.exec(message) ?? [];
    throw new YamlFileError([`${file}:${line}: is no JSON: ${message}`], { cause: error });
  }
}

function eachItem<Item>(
  yaml: YamlFile,
  parent: Readonly<Record<string, unknown>>,
  key: string,
  parse: (yaml: YamlFile, item: unknown, path: YamlPath) => Item | undefined,
  parentPath: YamlPath = [],
): Item[] {
  const path = [...parentPath, key];
  return (yaml.list(parent[key], path, `"${key}"`) ?? []).flatMap(
    (item, index) => parse(yaml, item, [...path, index]) ?? [],
  );
}

function parseIndex<Field = IndexedField>(
  yaml: YamlFile,
  item: unknown,
  path: YamlPath,
  fieldsAre?: {
    readonly keys: readonly string[];
    readonly parseEach: (yaml: YamlFile, item: unknown, path: YamlPath) => Field | undefined;
  },
): (Omit<CompositeIndex, 'fields'> & { readonly fields: readonly Field[] }) | undefined {
  const { keys = [], parseEach = parseField as never } = fieldsAre ?? {};
  const known = ['collectionGroup', 'queryScope', 'fields', ...keys];
  const index = yaml.mapping(item, path, 'an index', known);
  if (!index) return undefined;
  const collectionGroup = requiredText(yaml, index, path, 'collectionGroup');
  const queryScope = oneOf(yaml, index, path, 'queryScope', QUERY_SCOPES);
  const fields = eachItem<Field>(yaml, index, 'fields', parseEach, path);
  if (yaml.valueAt([...path, 'fields', 0]) === undefined) {
    yaml.problem(path, 'an index needs "fields"');
  }
  if (collectionGroup === undefined || queryScope === undefined) return undefined;
  return { collectionGroup, queryScope, fields };
}

function parseField(yaml: YamlFile, item: unknown, path: YamlPath): IndexedField | undefined {
  const field = yaml.mapping(item, path, 'a field of an index', ['fieldPath', 'order']);
  if (!field) return undefined;
  const fieldPath = requiredText(yaml, field, path, 'fieldPath');
  const order = oneOf(yaml, field, path, 'order', ORDERS);
  return fieldPath === undefined || order === undefined ? undefined : { fieldPath, order };
}

function parseFieldOverride(yaml: YamlFile, item: unknown, path: YamlPath): FieldOverride | undefined {
  const keys = ['collectionGroup', 'fieldPath', 'ttl', 'indexes'];
  const override = yaml.mapping(item, path, 'a field override', keys);
  if (!override) return undefined;
  const collectionGroup = requiredText(yaml, override, path, 'collectionGroup');
  const fieldPath = requiredText(yaml, override, path, 'fieldPath');
  const { ttl } = override;
  if (ttl !== undefined && typeof ttl !== 'boolean') {
    yaml.problem([...path, 'ttl'], `"ttl" must be true or false, got ${JSON.stringify(ttl)}`);
  }
  if (override['indexes'] === undefined) yaml.problem(path, 'a field override needs "indexes"');
  const indexes = yaml.list(override['indexes'], [...path, 'indexes'], '"indexes"') ?? [];
  if (collectionGroup === undefined || fieldPath === undefined) return undefined;
  return { collectionGroup, fieldPath, ...(typeof ttl === 'boolean' && { ttl }), indexes };
}

function requiredText(
  yaml: YamlFile,
  parent: Readonly<Record<string, unknown>>,
  path: YamlPath,
  key: string,
): string | undefined {
  if ((parent[key] ?? undefined) === undefined) yaml.problem(path, `"${key}" is missing`);
  return yaml.text(parent[key], [...path, key], `"${key}"`, ANY_NAME, 'a name');
}

function oneOf<Value extends string>(
  yaml: YamlFile,
  parent: Readonly<Record<string, unknown>>,
  path: YamlPath,
  key: string,
  values: readonly Value[],
): Value | undefined {
  const given = parent[key];
  const found = values.find((value) => value === given);
  if (found === undefined) {
    const place = given === undefined ? path : [...path, key];
    yaml.problem(place, `"${key}" must be ${values.join(' or ')}, got ${JSON.stringify(given) ?? 'nothing'}`);
  }
  return found;
}
