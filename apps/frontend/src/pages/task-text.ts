import { isErased, type Order } from '@waybill/orders';
import { isAfterCancelling } from '../orders/order-view.ts';
import type { ShownTask } from '../orders/task-progress.ts';
import { waitsForRetry } from '../orders/task-progress.ts';

/** How a task stands, as customers see it. */
export type TaskMark = 'waiting' | 'due' | 'running' | 'retry' | 'done' | 'failed' | 'dropped';

/** What a customer is told of a task. */
export interface TaskWords {
  readonly title: string;
  readonly mark: TaskMark;
  /** The mark in a word or two. */
  readonly markWord: string;
  /** What happens, or has happened. */
  readonly text: string;
  /** The code of the failure that the text tells of. */
  readonly code?: string;
  /** A time and what it is the time of. */
  readonly when?: { readonly word: string; readonly at: Date };
}

interface Words {
  readonly title: string;
  /** While it is still to be done. */
  readonly doing: string;
  /** Once it is done. A task of a cancelled order may have found nothing to do. */
  readonly done: (order: Order, doneAt: Date) => string;
}

const sentUnlessCancelled = (order: Order, doneAt: Date): string =>
  isAfterCancelling(doneAt, order) ? 'Nothing left to be said' : 'Sent to you by e-mail';

/** By contract. */
const WORDS: Readonly<Record<string, Words>> = {
  'charge-payment': {
    title: 'Payment',
    doing: 'We charge your card',
    done: ({ payment }) =>
      payment.state === 'charged' || payment.state === 'refunded' ? 'You have paid' : 'Nothing was charged',
  },
  'reserve-inventory': {
    title: 'Stock',
    doing: 'We put your pieces aside',
    done: ({ inventory }) =>
      inventory.state === 'reserved' || inventory.state === 'released'
        ? 'Your pieces are put aside'
        : 'Nothing was put aside',
  },
  'send-confirmation-email': {
    title: 'Confirmation',
    doing: 'We write to you',
    done: sentUnlessCancelled,
  },
  'notify-warehouse': {
    title: 'Warehouse',
    doing: 'We tell the warehouse to send it',
    done: ({ warehouse }) =>
      warehouse?.state === 'told' ? 'The warehouse has your order' : 'Nothing to send',
  },
  'generate-receipt': {
    title: 'Receipt',
    doing: 'We make your receipt',
    done: (order, doneAt) => {
      if (isErased(order)) return 'It was made, and is erased';
      return isAfterCancelling(doneAt, order) ? 'Not needed any more' : 'Ready to be downloaded';
    },
  },
  'send-followup-email': {
    title: 'Afterwards',
    doing: 'We ask by e-mail whether all is well',
    done: sentUnlessCancelled,
  },
  'refund-payment': {
    title: 'Refund',
    doing: 'We give your money back',
    done: ({ payment }) =>
      payment.state === 'refunded' ? 'Your money is on its way back' : 'There was nothing to give back',
  },
  'release-inventory': {
    title: 'Return to stock',
    doing: 'We put your pieces back on the shelf',
    done: () => 'Your pieces are back on the shelf',
  },
  'send-cancellation-email': {
    title: 'Cancellation note',
    doing: 'We write to you',
    done: () => 'Sent to you by e-mail',
  },
};

const FAILURES: Readonly<Record<string, string>> = {
  PAYMENT_UNAVAILABLE: 'The payment provider did not answer',
  PAYMENT_DECLINED: 'Your bank declined the payment',
  PAYMENT_REFUSED: 'The payment provider did not take the payment',
  REFUND_FAILED: 'Your bank did not take the money back',
  OUT_OF_STOCK: 'Not enough of it is left',
  MAIL_SERVER_UNAVAILABLE: 'The mail server did not answer',
  RECIPIENT_REFUSED: 'The mail server does not know your address',
  MESSAGE_REFUSED: 'The mail server did not take our mail',
  WAREHOUSE_UNAVAILABLE: 'The warehouse did not answer',
  WAREHOUSE_REFUSED: 'The warehouse did not take the order',
  DEADLINE_EXCEEDED: 'It took too long',
  ATTEMPTS_USED_UP: 'It did not work, though we tried again and again',
  AGE_USED_UP: 'It did not work, though we tried again and again',
  OUTCOME_UNKNOWN: 'We can’t tell whether it went through',
  ORDER_CANCELLED: 'The order was cancelled first',
};
const UNKNOWN_FAILURE = 'Something went wrong on our side';

/** Failures that are settled by cancelling the order. Any other is looked at by a person. */
const SETTLED_FAILURES: ReadonlySet<string> = new Set([
  'PAYMENT_DECLINED',
  'OUT_OF_STOCK',
  'ORDER_CANCELLED',
]);

/** What becomes of a cancelled order's money. */
export function moneyWords({ payment }: Order): string {
  if (payment.state === 'charged') return 'You get back what you paid.';
  if (payment.state === 'refunded') return 'What you paid is on its way back to you.';
  if (payment.state === 'failed' && payment.code === 'PAYMENT_DECLINED') return 'You have paid nothing.';
  return 'Should you have been charged all the same, you get it back within a few days.';
}

/** What a customer is told of a task of an order. */
export function wordsOfTask(task: ShownTask, order: Order, now: Date): TaskWords {
  const { contract, state, attempts, error, changedAt, notBefore, nextAttemptAt } = task;
  const { title, doing, done } = WORDS[contract] ?? {
    title: contract,
    doing: 'We are at it',
    done: () => 'Done',
  };
  switch (state) {
    case 'running':
      return {
        title,
        mark: 'running',
        markWord: 'Under way',
        text: attempts > 1 ? `${doing}, attempt ${attempts}` : doing,
      };
    case 'succeeded':
      return {
        title,
        mark: 'done',
        markWord: 'Done',
        text: done(order, changedAt),
        // With an erased order's history it is forgotten when it was done.
        ...(!isErased(order) && { when: { word: '', at: changedAt } }),
      };
    case 'dead': {
      const code = error?.code ?? '';
      const why = FAILURES[code] ?? UNKNOWN_FAILURE;
      return {
        title,
        mark: 'failed',
        markWord: 'Failed',
        text: SETTLED_FAILURES.has(code) ? why : `${why}. One of us looks into it`,
        ...(code !== '' && { code }),
        when: { word: '', at: changedAt },
      };
    }
    case 'cancelled':
    case 'discarded':
      return { title, mark: 'dropped', markWord: 'Not needed', text: 'It is not needed any more' };
    case 'pending':
      if (waitsForRetry(task)) {
        const code = error?.code ?? '';
        return {
          title,
          mark: 'retry',
          markWord: 'Trying again',
          text: FAILURES[code] ?? UNKNOWN_FAILURE,
          ...(code !== '' && { code }),
          when:
            nextAttemptAt === undefined
              ? { word: 'failed', at: changedAt }
              : { word: `attempt ${attempts + 1}`, at: nextAttemptAt },
        };
      }
      if (notBefore !== undefined && notBefore > now) {
        return { title, mark: 'due', markWord: 'Due', text: doing, when: { word: '', at: notBefore } };
      }
      return { title, mark: 'waiting', markWord: 'Waiting', text: doing };
  }
}
