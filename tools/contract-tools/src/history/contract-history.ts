/** A schema that was published. Payloads may have been written by it. */
export interface PublishedSchema {
  /** The day of its recording, as `2026-11-21`. */
  readonly recordedOn: string;
  readonly schemaHash: string;
  /**
   * Set for a schema that accepts more than the one before it. The person who recorded it makes sure that none of its
   * payloads is enqueued before every worker reads it.
   */
  readonly readersFirst?: true;
  readonly schema: object;
  /** Payloads that match it. */
  readonly fixtures: readonly unknown[];
}

/** All published schemas of one version of a contract. Entries are only ever added. */
export interface ContractHistory {
  readonly contract: string;
  readonly version: number;
  /** The first day on which none of its tasks can be delivered any more. */
  readonly retiredOn?: string;
  readonly published: readonly PublishedSchema[];
}

/** The folder of the histories, in the repository. */
export const HISTORY_FOLDER = 'packages/task-contracts/history';

/** The path of one version's history, in the repository. */
export function historyPath(contract: string, version: number): string {
  return `${HISTORY_FOLDER}/${contract}/v${version}.json`;
}
