import { CloudTasksError, invalidArgument } from '../cloud-tasks-error.ts';

/** The IAM policy of a queue. */
export interface IamPolicy {
  readonly version: number;
  readonly etag: Uint8Array;
  readonly bindings: readonly IamBinding[];
}

export interface IamBinding {
  readonly role: string;
  readonly members: readonly string[];
}

/** A policy as a caller gives it. */
export interface IamPolicyInput {
  readonly version: number;
  readonly etag: Uint8Array;
  readonly bindings: readonly (IamBinding & { readonly hasCondition: boolean })[];
}

/** The policy of a queue that was given none. */
export const NO_POLICY: IamPolicy = { version: 0, etag: Uint8Array.of(0x00, 0x20, 0x01), bindings: [] };

const VERSIONS = [0, 1, 3];
const ROLE = /^((organizations|projects)\/[^/]+\/)?roles\/[^/]+$/;
const MEMBER =
  /^(allUsers|allAuthenticatedUsers|(deleted:)?(user|serviceAccount|group|domain|projectOwner|projectEditor|projectViewer|principal|principalSet):.+)$/;
const PERMISSION = /^[a-z][A-Za-z0-9]*\.[A-Za-z0-9]+\.[A-Za-z0-9]+$/;
/** The permissions that can be granted on a queue. Those of a location's list of queues are not among them. */
const QUEUE_PERMISSION =
  /^cloudtasks\.(queues\.(get|update|delete|pause|resume|purge|getIamPolicy|setIamPolicy)|tasks\.(create|get|list|delete|run|fullView))$/;

/**
 * The bindings to store: roles merged, members without duplicates, roles without members left out.
 * @throws {CloudTasksError} for what the service refuses
 */
export function readBindings(policy: IamPolicyInput): IamBinding[] {
  if (!VERSIONS.includes(policy.version)) {
    throw invalidArgument(
      `Specified policy version (${policy.version}) is not supported. For more information, please refer to https://cloud.google.com/iam/help/allow-policies/versions.`,
    );
  }
  const membersByRole = new Map<string, Set<string>>();
  for (const { role, members, hasCondition } of policy.bindings) {
    if (hasCondition) throw invalidArgument("Can't set conditional policy on this resource");
    if (!ROLE.test(role)) {
      throw invalidArgument(
        'The role name must be in the form "roles/{role}", "organizations/{organization_id}/roles/{role}", or "projects/{project_id}/roles/{role}".',
      );
    }
    const merged = membersByRole.get(role) ?? new Set<string>();
    for (const member of members) merged.add(checkMember(member));
    membersByRole.set(role, merged);
  }
  return [...membersByRole]
    .filter(([, members]) => members.size > 0)
    .map(([role, members]) => ({ role, members: [...members] }));
}

/** Refuses an update that was made from another policy. An empty etag is not checked. @throws {CloudTasksError} */
export function checkEtag(given: Uint8Array, current: Uint8Array): void {
  if (given.length === 0 || Buffer.from(given).equals(current)) return;
  throw new CloudTasksError(
    'ABORTED',
    `There were concurrent policy changes. Please retry the whole read-modify-write with exponential backoff. The request's ETag '${escaped(given)}' did not match the current policy's ETag '${escaped(current)}'.`,
  );
}

/** The permissions that the caller has: all, since the caller owns every project here. @throws {CloudTasksError} */
export function grantedPermissions(permissions: readonly string[]): string[] {
  if (permissions.length === 0) throw invalidArgument('At least one permission must be specified.');
  for (const permission of permissions) {
    if (!PERMISSION.test(permission)) throw invalidArgument(`The permission ${permission} is invalid.`);
    if (!QUEUE_PERMISSION.test(permission)) {
      throw invalidArgument(`Permission ${permission} is not valid for this resource.`);
    }
  }
  return permissions.toSorted();
}

function checkMember(member: string): string {
  if (MEMBER.test(member)) return member;
  throw invalidArgument(
    `The member ${member} is of an unknown type. Please set a valid type prefix for the member.`,
  );
}

/** Bytes as a C literal shows them: visible ASCII, else three octal digits. */
function escaped(bytes: Uint8Array): string {
  const short: Record<number, string> = { 9: '\\t', 10: '\\n', 13: '\\r', 34: '\\"', 39: "\\'", 92: '\\\\' };
  return Array.from(bytes, (byte) => {
    if (short[byte] !== undefined) return short[byte];
    return byte >= 0x20 && byte < 0x7f ? String.fromCharCode(byte) : `\\${byte.toString(8).padStart(3, '0')}`;
  }).join('');
}
