import { alreadyExists, json, notFound, queryOf, type Route } from './stand-in-routes.ts';

const NUMBER = '123456789012';

/** Accounts, rights and secrets of a project. All of it begins empty. */
export interface ProjectAdmin {
  readonly routes: readonly Route[];
  readonly number: string;
  readonly accounts: ReadonlySet<string>;
  readonly secrets: ReadonlySet<string>;
  readonly databases: ReadonlySet<string>;
  /** The permissions of each custom role, by its id. */
  readonly customRoles: ReadonlyMap<string, readonly string[]>;
  /** `member role` for each binding, by what it is on: `projects/P`, or a service behind Identity-Aware Proxy. */
  readonly bindings: ReadonlyMap<string, ReadonlySet<string>>;
  /** Whether Identity-Aware Proxy stands before the application, and what was allowed by then. */
  readonly iap: { enabled: boolean; letInBefore: readonly string[] };
}

interface Policy {
  readonly bindings?: readonly { readonly role: string; readonly members: readonly string[] }[];
}

/** @param operation makes an operation that has ended with this response */
export function createProjectAdmin(project: string, operation: (response: object) => object): ProjectAdmin {
  const accounts = new Set<string>();
  const secrets = new Set<string>();
  const databases = new Set<string>();
  const customRoles = new Map<string, readonly string[]>();
  const policies = new Map<string, Policy>();
  const bindings = new Map<string, ReadonlySet<string>>();
  const iap = { enabled: false, letInBefore: [] as readonly string[] };

  const found = (things: ReadonlySet<string>, name: string): object => {
    if (!things.has(name)) throw notFound(name);
    return { name, email: name };
  };
  const create = (things: Set<string>, name: string): object => {
    if (things.has(name)) throw alreadyExists(name);
    things.add(name);
    return { name, email: name };
  };
  const roleOf = (id: string): object => {
    const includedPermissions = customRoles.get(id);
    if (includedPermissions === undefined) throw notFound(id);
    return { name: `projects/${project}/roles/${id}`, includedPermissions, etag: 'BwYAAAAAAAA=' };
  };
  const policyRoutes = (resource: string): readonly Route[] => [
    [new RegExp(`^(?:GET|POST) /v1/(${resource}):getIamPolicy$`), ([name = '']) => policies.get(name) ?? {}],
    [
      new RegExp(`^POST /v1/(${resource}):setIamPolicy$`),
      ([name = ''], body) => {
        const policy = json(body)['policy'] as Policy;
        policies.set(name, policy);
        const each = (policy.bindings ?? []).flatMap(({ role, members }) =>
          members.map((member) => `${member} ${role}`),
        );
        bindings.set(name, new Set(each));
        return policy;
      },
    ],
  ];
  const p = `/v1/projects/${project}`;
  return {
    ...{ number: NUMBER, accounts, secrets, databases, customRoles, bindings, iap },
    routes: [
      [new RegExp(`^GET ${p}$`), () => ({ projectId: project, projectNumber: NUMBER })],
      [new RegExp(`^POST ${p}/services:batchEnable$`), () => operation({})],
      [new RegExp(`^GET ${p}/databases/(\\(default\\))$`), ([name = '']) => found(databases, name)],
      [
        new RegExp(`^POST ${p}/databases$`),
        (_match, _body, request) => operation(create(databases, queryOf(request, 'databaseId'))),
      ],
      [
        new RegExp(`^GET /v1/projects/(?:-|${project})/serviceAccounts/([\\w@.-]+)$`),
        ([name = '']) => found(accounts, name),
      ],
      [
        new RegExp(`^POST ${p}/serviceAccounts$`),
        (_match, body) => create(accounts, `${json(body)['accountId']}@${project}.iam.gserviceaccount.com`),
      ],
      [new RegExp(`^GET ${p}/secrets/(\\w+)$`), ([name = '']) => found(secrets, name)],
      [
        new RegExp(`^POST ${p}/secrets$`),
        (_match, _body, request) => create(secrets, queryOf(request, 'secretId')),
      ],
      // gcloud asks whether a custom role may hold what it is to hold.
      [/^POST \/v1\/permissions:queryTestablePermissions$/, () => ({ permissions: [] })],
      [new RegExp(`^GET ${p}/roles/(\\w+)$`), ([id = '']) => roleOf(id)],
      [
        new RegExp(`^POST ${p}/roles$`),
        (_match, body) => {
          const { roleId, role } = json(body) as { roleId: string; role: { includedPermissions: string[] } };
          if (customRoles.has(roleId)) throw alreadyExists(roleId);
          customRoles.set(roleId, role.includedPermissions);
          return roleOf(roleId);
        },
      ],
      [
        new RegExp(`^PATCH ${p}/roles/(\\w+)$`),
        ([id = ''], body) => {
          roleOf(id);
          customRoles.set(id, json(body)['includedPermissions'] as string[]);
          return roleOf(id);
        },
      ],
      ...policyRoutes(`projects/${project}`),
      ...policyRoutes(`projects/${project}/secrets/\\w+`),
      ...policyRoutes(`projects/${NUMBER}/iap_web/appengine-${project}/services/[\\w-]+`),
      [
        new RegExp(`^PATCH /v1/apps/${project}$`),
        (_match, body, request) => {
          if (queryOf(request, 'updateMask').includes('dispatchRules')) return operation({});
          iap.enabled = (json(body)['iap'] as { enabled: boolean }).enabled;
          iap.letInBefore = [...bindings.keys()].flatMap((name) => name.split('/services/')[1] ?? []);
          return operation({});
        },
      ],
    ],
  };
}
