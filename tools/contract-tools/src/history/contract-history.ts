import type { TaskContract, TaskLimits } from '@waybill/contract-kit';

/** The properties of a contract that its queued tasks rely on, besides the schema. */
export interface ContractTerms {
  readonly queue: string;
  readonly service: string;
  readonly deadlineSeconds: number;
  readonly limits: TaskLimits;
}

/** A schema that was published. Payloads may have been written by it. */
export interface PublishedSchema {
  /** The day of its recording, as `2026-11-21`. */
  readonly recordedOn: string;
  readonly schemaHash: string;
  /**
   * Set in older files for a schema that accepts more than the one before it. The person who recorded it made sure that none
   * of its payloads was enqueued before every worker read it.
   */
  readonly readersFirst?: true;
  /** Set by the generator for what it made. Such an entry never counts as published. */
  readonly placeholder?: true;
  /** Missing in entries that were recorded before terms were. */
  readonly terms?: ContractTerms;
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

/** The terms of a contract. */
export function termsOf({ queue, service, deadlineSeconds, limits }: TaskContract): ContractTerms {
  const { maxAttempts, maxAgeSeconds } = limits;
  return { queue, service, deadlineSeconds, limits: { maxAttempts, maxAgeSeconds } };
}

/** The entries of a history that count as published: without the generator's placeholders. */
export function publishedEntries(history: ContractHistory | undefined): readonly PublishedSchema[] {
  return history?.published.filter(({ placeholder }) => placeholder !== true) ?? [];
}
