import type { CloudTasksEngine } from '../engine/cloud-tasks-engine.ts';
import type { IamPolicy, IamPolicyInput } from '../engine/iam/iam-policy.ts';
import type { UnaryMethod } from './api-services.ts';

interface PolicyMessage {
  readonly version?: number | null;
  readonly etag?: Uint8Array | string | null;
  readonly bindings?:
    | readonly {
        readonly role?: string | null;
        readonly members?: readonly string[] | null;
        readonly condition?: object | null;
      }[]
    | null;
}

interface IamRequest {
  readonly resource?: string;
  readonly policy?: PolicyMessage | null;
  readonly permissions?: readonly string[];
}

const NO_BYTES = new Uint8Array();

/** The methods for IAM policies of queues. */
export function createIamMethods(engine: CloudTasksEngine): Record<string, UnaryMethod> {
  return {
    GetIamPolicy: async ({ resource = '' }: IamRequest) => writePolicy(engine.policies.get(resource)),
    SetIamPolicy: async ({ resource = '', policy }: IamRequest) =>
      writePolicy(engine.policies.set(resource, readPolicy(policy ?? {}))),
    TestIamPermissions: async ({ resource = '', permissions = [] }: IamRequest) => ({
      permissions: engine.policies.testPermissions(resource, permissions),
    }),
  };
}

function readPolicy({ version, etag, bindings }: PolicyMessage): IamPolicyInput {
  return {
    version: version ?? 0,
    etag: etag instanceof Uint8Array ? etag : NO_BYTES,
    bindings: (bindings ?? []).map(({ role, members, condition }) => ({
      role: role ?? '',
      members: members ?? [],
      hasCondition: Boolean(condition),
    })),
  };
}

function writePolicy({ version, etag, bindings }: IamPolicy): object {
  return { version, etag: Buffer.from(etag), bindings };
}
