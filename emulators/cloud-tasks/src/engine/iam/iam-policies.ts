import type { Clock, GroupCommit } from '@waybill/emulator-kit';
import type { Queue } from '../queues/queue-registry.ts';
import type { CalledMethod } from '../resource-names.ts';
import type { PolicyStore } from '../storage/policy-store.ts';
import {
  checkEtag,
  grantedPermissions,
  type IamPolicy,
  type IamPolicyInput,
  NO_POLICY,
  readBindings,
} from './iam-policy.ts';

/** The first byte of the service's own etags. */
const ETAG_PREFIX = 7n << 56n;

interface IamPoliciesOptions {
  readonly clock: Clock;
  readonly group: GroupCommit;
  readonly policies: PolicyStore;
  /** @throws {CloudTasksError} if there is no such queue */
  readonly queue: (name: string, method: CalledMethod) => Queue;
}

/** The IAM policies of queues. They are kept and answered; the emulator grants every call. */
export class IamPolicies {
  readonly #options: IamPoliciesOptions;

  constructor(options: IamPoliciesOptions) {
    this.#options = options;
  }

  get(resource: string): IamPolicy {
    return this.#stored(this.#options.queue(resource, 'GetIamPolicy'));
  }

  /** Replaces the policy of a queue. @throws {CloudTasksError} */
  set(resource: string, input: IamPolicyInput): IamPolicy {
    const queue = this.#options.queue(resource, 'SetIamPolicy');
    const bindings = readBindings(input);
    const current = this.#stored(queue);
    checkEtag(input.etag, current.etag);
    const policy = { version: 1, etag: this.#nextEtag(current.etag), bindings };
    this.#options.group.write(() => this.#options.policies.set(queue.record.id, policy));
    return policy;
  }

  testPermissions(resource: string, permissions: readonly string[]): string[] {
    this.#options.queue(resource, 'TestIamPermissions');
    return grantedPermissions(permissions);
  }

  #stored(queue: Queue): IamPolicy {
    return this.#options.policies.find(queue.record.id) ?? NO_POLICY;
  }

  /** The time in microseconds, larger than the present one. */
  #nextEtag(current: Uint8Array): Uint8Array {
    const before = current.length === 8 ? Buffer.from(current).readBigUInt64BE() : 0n;
    const fromTime = ETAG_PREFIX + BigInt(this.#options.clock.nowMs()) * 1_000n;
    const etag = Buffer.alloc(8);
    etag.writeBigUInt64BE(fromTime > before ? fromTime : before + 1n);
    return etag;
  }
}
