import type { TaskContract } from '@waybill/contract-kit';
import type { Logger } from '@waybill/service-kit';
import type { TaskTransaction } from '../ledger/task-transaction.ts';
import type { Step } from './step.ts';
import type { TaskDelivery } from './task-delivery.ts';

/** The means of a handler to do its task. */
export interface TaskContext<Outcome extends string = string> {
  readonly taskId: string;
  /**
   * The thing that the task is about. A task from a producer without the ledger has the one that its contract makes of the
   * payload, else `tasks/<its id>`.
   */
  readonly subject: string;
  /** 1 for the first attempt. */
  readonly attempt: number;
  readonly delivery: TaskDelivery;
  /**
   * Aborted at the contract's deadline, when the process ends, and when the task is no longer this attempt's. Hand it
   * to every call to the outside, and let its error through.
   */
  readonly signal: AbortSignal;
  readonly logger: Logger;
  readonly step: Step;
  /**
   * The handler's own writes and its follow-up tasks, in the one transaction that also makes the task `succeeded`.
   * Once, and last. A handler that doesn't call it succeeds without writes.
   * @param options.outcome an outcome that the contract declares, for an expected end such as a declined card
   */
  finish(
    work: (transaction: TaskTransaction) => Promise<void>,
    options?: { readonly outcome?: Outcome | undefined },
  ): Promise<void>;
  /**
   * The same, where the outcome is found in the transaction.
   * @param work returns the outcome; undefined for plain success
   */
  finish(
    work: (transaction: TaskTransaction) => Promise<{ readonly outcome: Outcome | undefined }>,
  ): Promise<void>;
}

/** A task that is being given up. */
export interface DeadTask<P> {
  readonly taskId: string;
  readonly subject: string;
  /** Undefined if it broke its contract. */
  readonly payload: P | undefined;
  readonly error: { readonly code: string; readonly message: string };
}

/** The definition of a handler for one contract version's tasks. */
export interface TaskHandlerDefinition<P, Outcome extends string = string> {
  /**
   * Does the task. It may be run again after any failure, also after a success whose finish was lost. To throw means
   * to be retried, but for a {@link PermanentError}, or any error with `retryable: false`.
   */
  handle(payload: P, context: TaskContext<Outcome>): Promise<void>;
  /** Compensates for a task that will not be done, in the transaction that makes it dead. */
  onDead?(dead: DeadTask<P>, transaction: TaskTransaction): Promise<void>;
}

/** A handler and the contract it is for. */
export interface TaskHandler {
  readonly contract: TaskContract;
  /** The outcomes that it may finish with. */
  readonly outcomes: readonly string[];
  handle(payload: unknown, context: TaskContext): Promise<void>;
  onDead(dead: DeadTask<unknown>, transaction: TaskTransaction): Promise<void>;
}

/** Joins a contract and its handler; the types of payload and outcomes are the contract's. */
export function defineHandler<P, Outcome extends string>(
  contract: TaskContract<P, Outcome>,
  definition: TaskHandlerDefinition<NoInfer<P>, NoInfer<Outcome>>,
): TaskHandler {
  return {
    contract,
    outcomes: contract.outcomes,
    // The worker hands over payloads that the contract's validator has accepted.
    handle: (payload, context) => definition.handle(payload as P, context),
    onDead: async (dead, transaction) => definition.onDead?.(dead as DeadTask<P>, transaction),
  };
}
