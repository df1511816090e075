import type { DatabaseSync } from 'node:sqlite';
import type { IamBinding, IamPolicy } from '../iam/iam-policy.ts';

/** The column `policy`. */
interface StoredPolicy {
  readonly version: number;
  /** In base64. */
  readonly etag: string;
  readonly bindings: readonly IamBinding[];
}

/** The table of the queues' IAM policies. Every write belongs inside `GroupCommit.write`. */
export class PolicyStore {
  readonly #find;
  readonly #set;
  readonly #delete;

  constructor(database: DatabaseSync) {
    this.#find = database.prepare('SELECT policy FROM iam_policies WHERE queue_id = ?');
    this.#set = database.prepare('REPLACE INTO iam_policies (queue_id, policy) VALUES (?, ?)');
    this.#delete = database.prepare('DELETE FROM iam_policies WHERE queue_id = ?');
  }

  find(queueId: number): IamPolicy | undefined {
    const row = this.#find.get(queueId);
    if (row === undefined) return undefined;
    const { version, etag, bindings } = JSON.parse(String(row['policy'])) as StoredPolicy;
    return { version, etag: Buffer.from(etag, 'base64'), bindings };
  }

  set(queueId: number, { version, etag, bindings }: IamPolicy): void {
    const stored: StoredPolicy = { version, etag: Buffer.from(etag).toString('base64'), bindings };
    this.#set.run(queueId, JSON.stringify(stored));
  }

  delete(queueId: number): void {
    this.#delete.run(queueId);
  }
}
