import type { StackEvent } from '@waybill/local-stack';
import type { Product } from '@waybill/orders';
import type { CampaignStack } from './support/campaign-stack.ts';
import { readOpenTasks } from './support/final-state.ts';
import { cancelOrder, placeOrder } from './support/order-client.ts';
import type { PlacedOrder } from './support/verdict.ts';

/** One way that an order can go. Its two first tasks are made to come one after the other: so each run has the same calls. */
export interface Flow {
  readonly name: string;
  readonly kind: PlacedOrder['kind'];
  readonly productId: string;
  readonly paymentMethod: string;
  /** The queue that is held back until `first` has ended. */
  readonly heldBack: 'payments' | 'order-processing';
  readonly first: 'charge-payment' | 'reserve-inventory';
  /** The task that is held back is deleted in Cloud Tasks, so that the sweep has to send it again. */
  readonly loses?: boolean;
  /** Whose end is the flow's, at first: follow-ups that come a day later are another flow. */
  readonly last: readonly string[];
}

/** The shelf of the systematic campaign: enough of one thing, nothing of another. */
export const SHELF: readonly Product[] = [
  { productId: 'plenty', name: 'Plenty', price: 1_000, currency: 'EUR', stock: 100_000 },
  { productId: 'nothing', name: 'Nothing', price: 2_000, currency: 'EUR', stock: 0 },
];

const chargeFirst = { heldBack: 'order-processing', first: 'charge-payment' } as const;
const reservationFirst = { heldBack: 'payments', first: 'reserve-inventory' } as const;
const good = { kind: 'paid', productId: 'plenty', paymentMethod: 'pm_card_visa' } as const;
const declined = { kind: 'declined', productId: 'plenty', paymentMethod: 'pm_card_chargeDeclined' } as const;
const scarce = { kind: 'scarce', productId: 'nothing', paymentMethod: 'pm_card_visa' } as const;

const AFTER_CONFIRMATION = ['send-confirmation-email', 'notify-warehouse', 'generate-receipt'];

/** An order that nothing goes wrong with. */
export const CONFIRMED: Flow = {
  name: 'paid, then reserved',
  ...good,
  ...chargeFirst,
  last: AFTER_CONFIRMATION,
};

export const FLOWS: readonly Flow[] = [
  CONFIRMED,
  { name: 'reserved, then paid', ...good, ...reservationFirst, last: AFTER_CONFIRMATION },
  {
    name: 'reserved, then its charge lost',
    ...good,
    ...reservationFirst,
    loses: true,
    last: AFTER_CONFIRMATION,
  },
  {
    name: 'reserved, then declined',
    ...declined,
    ...reservationFirst,
    last: ['release-inventory', 'send-cancellation-email'],
  },
  {
    name: 'declined, then not reserved',
    ...declined,
    ...chargeFirst,
    last: ['reserve-inventory', 'send-cancellation-email'],
  },
  {
    name: 'paid, then out of stock',
    ...scarce,
    ...chargeFirst,
    last: ['refund-payment', 'send-cancellation-email'],
  },
  {
    name: 'paid, then cancelled by the customer',
    ...good,
    ...chargeFirst,
    kind: 'cancelled',
    last: ['refund-payment', 'send-cancellation-email'],
  },
  {
    name: 'out of stock, then not paid',
    ...scarce,
    ...reservationFirst,
    last: ['charge-payment', 'send-cancellation-email'],
  },
];

/** Longer than any call's own timeout. */
const STEP_TIMEOUT_MS = 60_000;
const ENDS = ['task.succeeded', 'task.dead'];

/** Places an order, and lets it go its way to the end, or to the first crash. */
export async function runFlow(
  campaign: CampaignStack,
  flow: Flow,
  email: string,
): Promise<PlacedOrder & { readonly crashed: boolean }> {
  const { stack, tasks, queuePath } = campaign;
  const since = stack.events.at(-1)?.sequence ?? 0;
  const until = async (ends: readonly string[], orderId: string): Promise<boolean> => {
    const left = new Set(ends);
    await stack.waitForEvent((event) => {
      if (event.sequence <= since) return false;
      if (isDeath(event)) return true;
      const { subject, task } = event.fields;
      if (ENDS.includes(event.event) && subject === `orders/${orderId}`) left.delete(String(task));
      return left.size === 0;
    }, STEP_TIMEOUT_MS);
    return left.size > 0;
  };
  const held = { name: queuePath(flow.heldBack) };
  await tasks.pauseQueue(held);
  try {
    const { productId, paymentMethod, kind } = flow;
    const { orderId } = await placeOrder(
      stack.ports.frontDoor,
      { email, productId, quantity: 1, paymentMethod },
      email,
      STEP_TIMEOUT_MS,
    );
    const crashedEarly = stack.events.some((event) => event.sequence > since && isDeath(event));
    const crashed = crashedEarly || (await until([flow.first], orderId));
    if (flow.kind === 'cancelled') {
      await cancelOrder(stack.ports.frontDoor, orderId, STEP_TIMEOUT_MS);
    }
    if (flow.loses && !crashed) await loseTasks(campaign, orderId);
    await tasks.resumeQueue(held);
    if (flow.loses && !crashed) await sweepLater(campaign);
    return { orderId, email, kind, crashed: crashed || (await until(flow.last, orderId)) };
  } finally {
    await tasks.resumeQueue(held);
  }
}

/** Deletes an order's open tasks in Cloud Tasks, behind the services' backs. */
async function loseTasks(campaign: CampaignStack, orderId: string): Promise<void> {
  const lost = (await readOpenTasks(campaign)).filter(({ subject }) => subject === `orders/${orderId}`);
  for (const queue of campaign.queues) {
    const [queued] = await campaign.tasks.listTasks({ parent: campaign.queuePath(queue) });
    for (const { name } of queued) {
      if (lost.some(({ taskId }) => name?.includes(`/tasks/${taskId}-g`))) {
        await campaign.tasks.deleteTask({ name: String(name) });
      }
    }
  }
}

/** After so long the sweep looks after a task that was to be delivered at once. */
const OVERDUE_MS = 61_000;

async function sweepLater({ stack }: CampaignStack): Promise<void> {
  await stack.advance(OVERDUE_MS);
  // The jump has made App Engine's cron sweep already; a sweep more does no harm, and is there in any case.
  await stack.appEngine.runCron('/cron/sweep');
}

/** Whether a service has died. */
export function isDeath({ source, event }: StackEvent): boolean {
  return event === 'process.died' && (source === 'frontend' || source === 'worker');
}
