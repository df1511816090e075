import type { DeployedField, DeployedIndex } from '../../src/drift/index-drift.ts';
import { alreadyExists, json, queryOf, type Route } from './stand-in-routes.ts';

/** Indexes and fields of one database, as the Firestore Admin API keeps them; tests may change them. */
export interface FirestoreAdmin {
  readonly routes: readonly Route[];
  readonly indexes: DeployedIndex[];
  /** By the end of their names: `tasks/fields/payload`. */
  readonly fields: Map<string, DeployedField>;
}

/** Starts empty but for the settings of all fields, which every database has. Everything is built at once. */
export function createFirestoreAdmin(project: string): FirestoreAdmin {
  const groups = `projects/${project}/databases/(default)/collectionGroups`;
  const indexes: DeployedIndex[] = [];
  const fields = new Map<string, DeployedField>([
    ['__default__/fields/*', { name: `${groups}/__default__/fields/*`, indexConfig: { indexes: [{}] } }],
  ]);
  // gcloud reads the metadata, and fails without any.
  const operation = (): object => ({
    name: `projects/${project}/databases/(default)/operations/1`,
    metadata: { state: 'SUCCESSFUL' },
  });
  const at = `/v1/projects/${project}/databases/\\(default\\)/collectionGroups`;
  return {
    indexes,
    fields,
    routes: [
      [
        new RegExp(`^POST ${at}/(\\w+)/indexes$`),
        ([group = ''], body) => {
          const { queryScope, fields: asked } = json(body) as unknown as DeployedIndex;
          const last = { fieldPath: '__name__', order: asked.at(-1)?.['order'] };
          const index = { queryScope, state: 'READY', fields: [...asked, last] };
          const same = indexes.find(
            ({ name, ...other }) =>
              name.includes(`/${group}/`) && JSON.stringify(other) === JSON.stringify(index),
          );
          if (same !== undefined) throw alreadyExists('index');
          indexes.push({ name: `${groups}/${group}/indexes/index-${indexes.length + 1}`, ...index });
          return operation();
        },
      ],
      [new RegExp(`^GET ${at}/-/indexes$`), () => ({ indexes })],
      [
        new RegExp(`^PATCH ${at}/(\\w+/fields/\\w+)$`),
        ([path = ''], body, request) => {
          const { indexConfig, ttlConfig } = json(body) as Partial<DeployedField>;
          const former = fields.get(path) ?? { name: `${groups}/${path}` };
          // A field list of its own that is empty is an exemption; the answer then has no list.
          const change =
            queryOf(request, 'updateMask') === 'ttlConfig'
              ? { ttlConfig: ttlConfig && { state: 'ACTIVE' } }
              : { indexConfig };
          fields.set(path, { ...former, ...(change as Partial<DeployedField>) });
          return operation();
        },
      ],
      [
        new RegExp(`^GET ${at}/-/fields$`),
        (_match, _body, request) => ({
          fields: [...fields.values()].filter(({ indexConfig, ttlConfig }) =>
            queryOf(request, 'filter') === 'ttlConfig:*'
              ? ttlConfig !== undefined
              : indexConfig !== undefined,
          ),
        }),
      ],
    ],
  };
}
