import { isErased, type Order } from '@waybill/orders';
import { endedAfterCancellation } from '../orders/order-links.ts';
import type { TaskProgress } from '../orders/task-progress.ts';
import { waitsForRetry } from '../orders/task-progress.ts';

/** The state of a task as customers see it. */
export type TaskMark = 'waiting' | 'due' | 'running' | 'retry' | 'done' | 'failed' | 'dropped';

/** Texts about a task for the customer. */
export interface TaskText {
  readonly title: string;
  readonly mark: TaskMark;
  /** The mark as text. */
  readonly markText: string;
  readonly text: string;
  /** The code of the failure that the text describes. */
  readonly code?: string;
  /** A time and its label. */
  readonly when?: { readonly label: string; readonly at: Date };
}

interface ContractTexts {
  readonly title: string;
  /** The text until it is done. */
  readonly doing: string;
  /** The text once it is done. A task of a cancelled order may have done nothing. */
  readonly done: (order: Order, doneAt: Date) => string;
}

const sentUnlessCancelled = (order: Order, doneAt: Date): string =>
  endedAfterCancellation(doneAt, order) ? 'Nothing left to be said' : 'Sent to you by e-mail';

/** Texts by contract. */
const CONTRACT_TEXTS: Readonly<Record<string, ContractTexts>> = {
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
      return endedAfterCancellation(doneAt, order) ? 'Not needed any more' : 'Ready to be downloaded';
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

const FAILURE_TEXTS: Readonly<Record<string, string>> = {
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

/** Texts of declared outcomes, by contract and outcome. The order's cancellation settles each. */
const OUTCOME_TEXTS: Readonly<Record<string, string>> = {
  'charge-payment declined': 'Your bank declined the payment',
  'reserve-inventory sold-out': 'Sold out',
};

/** Failures that the cancellation of the order settles. A person looks at any other. */
const SETTLED_FAILURES: ReadonlySet<string> = new Set([
  'PAYMENT_DECLINED',
  'OUT_OF_STOCK',
  'ORDER_CANCELLED',
]);

/** Tells the customer what happens to the money of a cancelled order. */
export function moneyText({ payment }: Order): string {
  if (payment.state === 'charged') return 'You get back what you paid.';
  if (payment.state === 'refunded') return 'What you paid is on its way back to you.';
  if (payment.state === 'failed' && payment.code === 'PAYMENT_DECLINED') return 'You have paid nothing.';
  return 'Should you have been charged all the same, you get it back within a few days.';
}

const DONE = { mark: 'done', markText: 'Done' } as const;
const FAILED = { mark: 'failed', markText: 'Failed' } as const;

/** The texts that a customer reads about a task of an order. */
export function taskText(task: TaskProgress, order: Order, now: Date): TaskText {
  const { contract, state, attempts, changedAt, outcome } = task;
  const { title, doing, done } = CONTRACT_TEXTS[contract] ?? {
    title: contract,
    doing: 'We are at it',
    done: () => 'Done',
  };
  switch (state) {
    case 'running':
      return {
        title,
        mark: 'running',
        markText: 'Under way',
        text: attempts > 1 ? `${doing}, attempt ${attempts}` : doing,
      };
    case 'succeeded':
      return {
        title,
        ...(outcome === undefined ? DONE : FAILED),
        text: OUTCOME_TEXTS[`${contract} ${outcome}`] ?? done(order, changedAt),
        // The time is erased with an erased order's history.
        ...(!isErased(order) && { when: { label: '', at: changedAt } }),
      };
    case 'dead':
      return { title, ...deadTaskText(task) };
    case 'cancelled':
    case 'discarded':
      return { title, mark: 'dropped', markText: 'Not needed', text: 'It is not needed any more' };
    case 'pending':
      return { title, ...(waitsForRetry(task) ? retryText(task) : pendingText(task, doing, now)) };
  }
}

type TextBelowTitle = Omit<TaskText, 'title'>;

function deadTaskText({ error, changedAt }: TaskProgress): TextBelowTitle {
  const { code, text } = failureText(error?.code);
  const isSettled = code !== undefined && SETTLED_FAILURES.has(code);
  return {
    ...FAILED,
    text: isSettled ? text : `${text}. One of us looks into it`,
    ...(code !== undefined && { code }),
    when: { label: '', at: changedAt },
  };
}

function retryText({ error, attempts, changedAt, nextAttemptAt }: TaskProgress): TextBelowTitle {
  return {
    mark: 'retry',
    markText: 'Trying again',
    ...failureText(error?.code),
    when:
      nextAttemptAt === undefined
        ? { label: 'failed', at: changedAt }
        : { label: `attempt ${attempts + 1}`, at: nextAttemptAt },
  };
}

function pendingText({ notBefore }: TaskProgress, doing: string, now: Date): TextBelowTitle {
  if (notBefore !== undefined && notBefore > now) {
    return { mark: 'due', markText: 'Due', text: doing, when: { label: '', at: notBefore } };
  }
  return { mark: 'waiting', markText: 'Waiting', text: doing };
}

function failureText(code: string | undefined): Pick<TaskText, 'code' | 'text'> {
  const text = FAILURE_TEXTS[code ?? ''] ?? UNKNOWN_FAILURE;
  return { text, ...(code !== undefined && code !== '' && { code }) };
}
