import type { TaskContract } from '@waybill/contract-kit';

/** A delivery as the ledger sees it. */
export interface DeliveredTask {
  /** The task's short name in Cloud Tasks. */
  readonly name: string;
  /** Its name, version and schema, and how to make a subject; an unknown contract makes none. */
  readonly contract: Pick<TaskContract, 'name' | 'version' | 'schemaHash'> &
    Partial<Pick<TaskContract, 'subjectOf'>>;
  /** The service that it was delivered to. */
  readonly service: string;
  /** The body, parsed; its text where it is not JSON. */
  readonly body: unknown;
  /** Why the body can't be a payload at all, e.g. that it is not JSON. */
  readonly bodyProblem?: string;
  readonly queue: string;
  readonly traceparent: string | null;
  /** Whether Cloud Tasks says that it is the task's first delivery. Default false: it may be a retry. */
  readonly isFirst?: boolean;
}
