import { isErased, type Order } from '@waybill/orders';
import { generateReceipt } from '@waybill/task-contracts';
import type { TaskSummary } from '@waybill/task-runtime';
import type { TaskProgress } from './task-progress.ts';

/** Where an order is shown. */
export function orderPath(orderId: string): string {
  return `/api/orders/${orderId}`;
}

/**
 * The links of an order; the receipt's, once that is made, and until the order is erased.
 * @param shown default: nothing is made yet
 */
export function orderLinks(
  orderId: string,
  shown?: { readonly order: Order; readonly tasks: readonly TaskSummary[] },
) {
  const self = orderPath(orderId);
  const hasReceipt = shown !== undefined && isReceiptMade(shown.order, shown.tasks);
  return { self, ...(hasReceipt && { receipt: `${self}/receipt.pdf` }) };
}

function isReceiptMade(order: Order, tasks: readonly TaskSummary[]): boolean {
  if (isErased(order)) return false;
  return tasks.some(
    (task) =>
      task.contract === generateReceipt.name &&
      task.state === 'succeeded' &&
      !endedAfterCancellation(task.changedAt, order),
  );
}

/** Whether a task that ended then may have found its order cancelled, and done nothing for it. */
export function endedAfterCancellation(endedAt: Date, { cancellation }: Order): boolean {
  return cancellation !== undefined && endedAt >= cancellation.cancelledAt;
}

/**
 * An order and its tasks, as whoever knows the order's id may see them: the e-mail address masked, and of a task's
 * failure its code alone, for messages are written for operators.
 */
export function orderView(order: Order, tasks: readonly TaskProgress[]) {
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
    tasks: inOrder(tasks).map(
      ({ taskId, contract, state, attempts, changedAt, notBefore, nextAttemptAt, outcome, error }) => ({
        taskId,
        task: contract,
        state,
        attempts,
        changedAt: changedAt.toISOString(),
        ...(notBefore !== undefined && { notBefore: notBefore.toISOString() }),
        ...(nextAttemptAt !== undefined && { nextAttemptAt: nextAttemptAt.toISOString() }),
        ...(outcome !== undefined && { outcome }),
        ...(error !== undefined && { error: { code: error.code } }),
      }),
    ),
    links: orderLinks(orderId, { order, tasks }),
  };
}

/** Tasks of one commit have one time; by their names they come in the same order each time. */
export function inOrder<Task extends TaskSummary>(tasks: readonly Task[]): Task[] {
  return tasks.toSorted(
    (a, b) => a.createdAt.getTime() - b.createdAt.getTime() || (a.contract < b.contract ? -1 : 1),
  );
}

/** `a…@example.com`, nothing of an erased one: enough for its owner to know it, not enough to write to. */
export function maskedEmail(email: string): string {
  if (email === '') return '';
  const at = email.lastIndexOf('@');
  return `${[...email][0] ?? ''}…${email.slice(at)}`;
}
