import type { AnyIndexFile } from '@waybill/google-config';
import type { StoredDocument } from '../store/stored-document.ts';
import { type FieldPath, getField, parseFieldPath } from '../values/field-path.ts';
import { collectionIdOfName } from '../values/resource-name.ts';

/** The fields that hold the time at which a document expires, by collection group. */
export class TtlPolicies {
  readonly #paths: ReadonlyMap<string, FieldPath>;

  constructor(overrides: AnyIndexFile['fieldOverrides']) {
    const policies = overrides.filter(({ ttl }) => ttl === true);
    this.#paths = new Map(
      policies.map(({ collectionGroup, fieldPath }) => [collectionGroup, parseFieldPath(fieldPath)]),
    );
  }

  get isEmpty(): boolean {
    return this.#paths.size === 0;
  }

  /** When a document expires. Undefined without a policy, or where the field holds no timestamp. */
  expiryMsOf({ name, fields }: StoredDocument): number | undefined {
    const path = this.#paths.get(collectionIdOfName(name));
    const value = path && getField(fields, path);
    return value?.kind === 'timestamp' ? value.seconds * 1_000 + value.nanos / 1_000_000 : undefined;
  }
}
