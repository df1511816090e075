import { isErased, type Order, type OrderTokens } from '@waybill/orders';
import { generateReceipt } from '@waybill/task-contracts';
import type { TaskSummary } from '@waybill/task-runtime';

/** An order and its tasks. */
interface OrderWithTasks {
  readonly order: Order;
  readonly tasks: readonly TaskSummary[];
}

/** Path of an order in the API. Without a token it shows the order's status and its tasks' states alone. */
export function orderPath(orderId: string): string {
  return `/api/orders/${orderId}`;
}

/** Makes the links of orders. All but `self` carry the order's token. */
export class OrderLinks {
  readonly #tokens: OrderTokens;

  constructor(tokens: OrderTokens) {
    this.#tokens = tokens;
  }

  /** Links of the API's responses to someone who may see the order. */
  ofOrder(orderId: string, shown?: OrderWithTasks) {
    const self = orderPath(orderId);
    const withToken = (path: string): string => this.#tokens.withToken(path, orderId);
    return {
      self,
      details: withToken(self),
      page: this.page(orderId),
      events: withToken(`${self}/events`),
      cancel: withToken(`${self}/cancel`),
      ...(shown !== undefined && hasReceipt(shown) && { receipt: this.receipt(orderId) }),
    };
  }

  /** Path of the order's page. */
  page(orderId: string): string {
    return this.#tokens.pagePath(orderId);
  }

  /** Path of the events of the order's page. */
  pageEvents(orderId: string): string {
    return this.#tokens.withToken(`/orders/${orderId}/events`, orderId);
  }

  /** Path that the page's form cancels the order at. */
  pageCancel(orderId: string): string {
    return this.#tokens.withToken(`/orders/${orderId}/cancel`, orderId);
  }

  /** Path of the receipt. */
  receipt(orderId: string): string {
    return this.#tokens.withToken(`${orderPath(orderId)}/receipt.pdf`, orderId);
  }
}

/** Whether the receipt of an order is made, and the order not erased since. */
export function hasReceipt({ order, tasks }: OrderWithTasks): boolean {
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
