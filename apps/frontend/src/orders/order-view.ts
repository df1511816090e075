import { maskedEmail, type Order } from '@waybill/orders';
import type { TaskSummary } from '@waybill/task-runtime';
import { type OrderLinks, orderPath } from './order-links.ts';
import type { TaskProgress } from './task-progress.ts';

/** An order with its tasks, as its customer may see them. */
export interface ShownOrder {
  readonly order: Order;
  readonly tasks: readonly TaskProgress[];
}

/**
 * An order for someone who has its token: the e-mail address masked, and of a task's failure its code alone, since messages
 * are written for operators.
 */
export function orderView(shown: ShownOrder, links: OrderLinks) {
  return { ...orderDetails(shown), links: links.ofOrder(shown.order.orderId, shown) };
}

/** An order for someone who knows its id alone: its status and its tasks' states, and nothing of its customer. */
export function orderStatusView({ order, tasks }: ShownOrder) {
  const { orderId, status } = order;
  return {
    orderId,
    status,
    tasks: inOrder(tasks).map(taskState),
    links: { self: orderPath(orderId) },
  };
}

/** The members of {@link orderView} without links. */
export function orderDetails({ order, tasks }: ShownOrder) {
  const { orderId, status, email, amount, currency, items, createdAt, processAt, cancellation } = order;
  return {
    orderId,
    status,
    email: maskedEmail(email),
    amount,
    currency,
    items,
    createdAt: createdAt.toISOString(),
    ...(processAt !== undefined && { processAt: processAt.toISOString() }),
    ...(cancellation !== undefined && {
      cancellation: {
        reason: cancellation.reason,
        cancelledAt: cancellation.cancelledAt.toISOString(),
      },
    }),
    tasks: inOrder(tasks).map((task) => ({
      ...taskState(task),
      ...(task.outcome !== undefined && { outcome: task.outcome }),
      ...(task.error !== undefined && { error: { code: task.error.code } }),
    })),
  };
}

/** A task's state and times. Its outcome and its error say something of the customer's payment. */
function taskState({ taskId, contract, state, attempts, changedAt, notBefore, nextAttemptAt }: TaskProgress) {
  return {
    taskId,
    task: contract,
    state,
    attempts,
    changedAt: changedAt.toISOString(),
    ...(notBefore !== undefined && { notBefore: notBefore.toISOString() }),
    ...(nextAttemptAt !== undefined && { nextAttemptAt: nextAttemptAt.toISOString() }),
  };
}

/** Tasks of one commit have one time; by their names they come in the same order each time. */
export function inOrder<Task extends TaskSummary>(tasks: readonly Task[]): Task[] {
  return tasks.toSorted(
    (a, b) => a.createdAt.getTime() - b.createdAt.getTime() || (a.contract < b.contract ? -1 : 1),
  );
}
