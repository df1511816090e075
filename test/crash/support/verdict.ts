import type { Order } from '@waybill/orders';
import { type FinalState, isOpen, type RecordedTask } from './final-state.ts';

/** What a campaign ordered. */
export interface PlacedOrder {
  readonly orderId: string;
  readonly email: string;
  /** How it ends: a paid one, one whose card is declined, of which there may be too little, that its customer cancels. */
  readonly kind: 'paid' | 'declined' | 'scarce' | 'cancelled';
}

/** The mails of an order that ended well, by the task that sends them. */
const MAIL_TASKS: Readonly<Record<string, string>> = {
  'send-confirmation-email': 'confirmed',
  'send-followup-email': 'all well',
  'send-cancellation-email': 'cancelled',
};

/**
 * Everything that is wrong at the end of a campaign, in words; empty if all is right.
 * @param initialStock pieces of each product before the first order
 */
export function problemsAtEnd(
  state: FinalState,
  placed: readonly PlacedOrder[],
  initialStock: ReadonlyMap<string, number>,
): string[] {
  const problems: string[] = [];
  const orders = new Map(state.orders.map((order) => [order.orderId, order]));
  const tasksOf = Map.groupBy(state.tasks, ({ subject }) => subject);
  const chargesOf = Map.groupBy(state.charges, ({ orderId }) => orderId);
  const shipmentsOf = Map.groupBy(state.shipped, (orderId) => orderId);
  const receipts = new Set(state.receipts);
  const mailsOf = Map.groupBy(state.mails, ({ recipients }) => recipients[0] ?? '');

  if (orders.size !== placed.length) {
    problems.push(`${placed.length} orders were taken, and there are ${orders.size}`);
  }
  for (const { orderId, email, kind } of placed) {
    const order = orders.get(orderId);
    if (order === undefined) {
      problems.push(`order ${orderId} is lost`);
      continue;
    }
    const about = (problem: string): void => {
      problems.push(`order ${orderId} (${kind}, ${order.status}): ${problem}`);
    };
    checkEnd(order, kind, about);
    checkMoney(order, chargesOf.get(orderId) ?? [], about);
    checkGoods(order, shipmentsOf.get(orderId)?.length ?? 0, receipts.has(orderId), about);
    checkMails(order, mailsOf.get(email) ?? [], tasksOf.get(`orders/${orderId}`) ?? [], about);
  }
  for (const task of state.tasks) {
    const problem = problemOfRecord(task);
    if (problem !== undefined)
      problems.push(`task ${task.taskId} of ${task.subject} (${describeTask(task)}): ${problem}`);
  }
  problems.push(...problemsOfStock(state, initialStock), ...problemsOfStrangers(state, placed));
  for (const name of state.queued) problems.push(`still queued: ${name}`);
  return problems;
}

function checkEnd(order: Order, kind: PlacedOrder['kind'], about: (problem: string) => void): void {
  const { status, cancellation } = order;
  const reason = cancellation?.reason;
  if (status === 'confirmed') {
    if (kind === 'declined' || kind === 'cancelled') about('it is confirmed');
    return;
  }
  if (status !== 'cancelled') {
    about('it is not at its end');
    return;
  }
  const reasons = { paid: '', declined: 'payment-declined', scarce: 'out-of-stock', cancelled: 'customer' };
  // Used-up attempts are an end, too; the report counts them.
  const givenUp = ['payment-failed', 'reservation-failed'];
  if (reason === undefined || ![reasons[kind], ...givenUp].includes(reason)) about(`cancelled for ${reason}`);
}

function checkMoney(
  order: Order,
  charges: readonly { amount: number; refunded: number }[],
  about: (problem: string) => void,
): void {
  const { status, payment, amount } = order;
  if (charges.length > 1) about(`charged ${charges.length} times`);
  const [charge] = charges;
  if (status === 'confirmed') {
    if (charge === undefined) about('nothing was charged');
    else if (charge.amount !== amount) about(`charged ${charge.amount}, not ${amount}`);
    else if (charge.refunded !== 0) about(`${charge.refunded} were given back`);
    return;
  }
  if (status !== 'cancelled') return;
  if (charge !== undefined && charge.refunded !== charge.amount) {
    about(`${charge.refunded} of the ${charge.amount} that were charged were given back`);
  }
  const isRecorded = payment.state === 'refunded';
  if (isRecorded !== (charge !== undefined)) {
    about(`its payment is ${payment.state}, and ${charges.length} charges were made`);
  }
}

function checkGoods(
  { status }: Order,
  shipments: number,
  hasReceipt: boolean,
  about: (problem: string) => void,
): void {
  const expected = status === 'confirmed' ? 1 : 0;
  if (shipments !== expected) about(`the warehouse sends it ${shipments} times`);
  if (hasReceipt !== (status === 'confirmed')) about(`it has ${hasReceipt ? 'a' : 'no'} receipt`);
}

function checkMails(
  order: Order,
  mails: readonly { subject: string; messageId: string }[],
  tasks: readonly RecordedTask[],
  about: (problem: string) => void,
): void {
  const subjects = mails.map(({ subject }) => subject);
  if (new Set(subjects).size < subjects.length) about(`a mail came twice: ${subjects.join(', ')}`);
  for (const [contract, words] of Object.entries(MAIL_TASKS)) {
    const task = tasks.find((found) => found.contract === contract);
    const came = subjects.some((subject) => subject.includes(words));
    const isUnknown = task?.errorCode === 'OUTCOME_UNKNOWN';
    if (task === undefined && came) about(`the mail of ${contract} came, and there is no such task`);
    if (task?.state === 'succeeded' && !came && wantsMail(contract, order)) {
      about(`${contract} succeeded, and its mail never came`);
    }
    if (task?.state === 'dead' && !isUnknown) about(`${contract} is dead with ${task.errorCode}`);
  }
  const needed = order.status === 'confirmed' ? 'send-confirmation-email' : 'send-cancellation-email';
  const isKnown = tasks.some(({ contract }) => contract === needed);
  if (order.status !== 'processing' && !isKnown) about(`there is no ${needed}`);
  const confirmation = tasks.find(({ contract }) => contract === 'send-confirmation-email');
  const isFollowedUp = tasks.some(({ contract }) => contract === 'send-followup-email');
  if (confirmation?.state === 'succeeded' && order.status === 'confirmed' && !isFollowedUp) {
    about('there is no send-followup-email');
  }
}

/** A cancelled order's confirmation succeeds without a mail. */
function wantsMail(contract: string, order: Order): boolean {
  return (contract === 'send-cancellation-email') === (order.status === 'cancelled');
}

/** Why a record is not as records end; undefined if it is. */
function problemOfRecord(task: RecordedTask): string | undefined {
  const { state, dueAtMs, expireAtMs } = task;
  if (isOpen(task))
    return dueAtMs === undefined ? 'it is open, and nobody looks after it' : 'it is still open';
  if (dueAtMs !== undefined) return 'it is at its end, and still due';
  if (state === 'dead') return expireAtMs === undefined ? undefined : 'it is dead, and will expire';
  return expireAtMs === undefined ? 'it is at its end, and never expires' : undefined;
}

/** Pieces that orders hold, and those on the shelf, are those that there were. */
function problemsOfStock(state: FinalState, initialStock: ReadonlyMap<string, number>): string[] {
  const reserved = new Map<string, number>();
  for (const { inventory, items } of state.orders) {
    if (inventory.state !== 'reserved') continue;
    for (const { productId, quantity } of items) {
      reserved.set(productId, (reserved.get(productId) ?? 0) + quantity);
    }
  }
  const cancelledHolding = state.orders
    .filter(({ status, inventory }) => status === 'cancelled' && inventory.state === 'reserved')
    .map(({ orderId }) => `order ${orderId} is cancelled, and holds its pieces`);
  const left = new Map(state.products.map(({ productId, stock }) => [productId, stock]));
  const wrong = [...initialStock].flatMap(([productId, before]) => {
    const stock = left.get(productId);
    const held = reserved.get(productId) ?? 0;
    if (stock !== undefined && before === stock + held) return [];
    return [`of ${productId} there were ${before}; ${stock ?? 'none'} are left and ${held} are reserved`];
  });
  return [...cancelledHolding, ...wrong];
}

/** What was done for orders that nobody placed, and would be missed by looking at each order. */
function problemsOfStrangers(state: FinalState, placed: readonly PlacedOrder[]): string[] {
  const orderIds = new Set(placed.map(({ orderId }) => orderId));
  const emails = new Set(placed.map(({ email }) => email));
  const strange = (what: string, of: readonly string[], known: ReadonlySet<string>): string[] =>
    of.filter((name) => !known.has(name)).map((name) => `there is ${what}: "${name}"`);
  return [
    ...strange(
      'a charge of no order',
      state.charges.map(({ orderId }) => orderId),
      orderIds,
    ),
    ...strange('a shipment of no order', state.shipped, orderIds),
    ...strange(
      'a mail to no customer',
      state.mails.map(({ recipients }) => recipients[0] ?? ''),
      emails,
    ),
  ];
}

/** A task in a line, for reports. */
export function describeTask({ contract, state, attempts, errorCode, errorMessage }: RecordedTask): string {
  const error = errorCode === undefined ? '' : `, ${errorCode}: ${errorMessage}`;
  return `${contract} ${state} after ${attempts} attempts${error}`;
}
