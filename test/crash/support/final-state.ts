import { type QueryDocumentSnapshot, Timestamp } from '@google-cloud/firestore';
import { type Order, orderConverter, type Product, readProducts } from '@waybill/orders';
import type { Mail } from '@waybill/sandboxes';
import type { CampaignStack } from './campaign-stack.ts';

/** A task's record, as far as it tells how the task ended. */
export interface RecordedTask {
  readonly taskId: string;
  readonly contract: string;
  readonly subject: string;
  readonly state: string;
  readonly attempts: number;
  readonly errorCode: string | undefined;
  readonly errorMessage: string | undefined;
  readonly notBeforeMs: number | undefined;
  readonly dueAtMs: number | undefined;
  readonly expireAtMs: number | undefined;
}

/** A charge at the payment provider. */
export interface MadeCharge {
  readonly orderId: string;
  readonly amount: number;
  readonly refunded: number;
}

/** Everything that a campaign is judged by: what Firestore, Cloud Tasks, the provider and the mailbox have. */
export interface FinalState {
  readonly orders: readonly Order[];
  readonly tasks: readonly RecordedTask[];
  readonly products: readonly Product[];
  /** Only those that were paid. */
  readonly charges: readonly MadeCharge[];
  readonly mails: readonly Mail[];
  /** Ids of the orders that the warehouse sends, each as often as it sends it. */
  readonly shipped: readonly string[];
  /** Ids of the orders that have a receipt. */
  readonly receipts: readonly string[];
  /** Names of the tasks that Cloud Tasks still has. */
  readonly queued: readonly string[];
}

const PAGE = 1_000;
const OPEN: readonly string[] = ['pending', 'running'];

/** Reads all of it. */
export async function readFinalState(campaign: CampaignStack): Promise<FinalState> {
  const { stack, firestore } = campaign;
  const [orders, tasks, products, charges, mails, shipments, receipts, queued] = await Promise.all([
    readAll(campaign, 'orders'),
    readTasks(campaign),
    readProducts(firestore),
    stack.charges(),
    stack.mails(),
    stack.shipments(),
    readAll(campaign, 'receipts'),
    readQueued(campaign),
  ]);
  return {
    orders: orders.flatMap((snapshot) => orderConverter.fromFirestore(snapshot) ?? []),
    tasks,
    products,
    charges: charges
      .filter(({ paid }) => paid)
      .map(({ amount, amount_refunded, metadata }) => ({
        orderId: metadata['order_id'] ?? '',
        amount,
        refunded: amount_refunded,
      })),
    mails,
    shipped: shipments.map(({ orderId }) => orderId),
    receipts: receipts.map(({ id }) => id),
    queued,
  };
}

/** The records of all tasks. */
async function readTasks(campaign: CampaignStack): Promise<RecordedTask[]> {
  return (await readAll(campaign, 'tasks')).map(recordedTaskOf);
}

/** The records of the tasks that are neither done nor given up. */
export async function readOpenTasks(campaign: CampaignStack): Promise<RecordedTask[]> {
  // No index lists tasks by their state alone.
  return (await readTasks(campaign)).filter(isOpen);
}

/** Whether a task is neither done nor given up. */
export function isOpen({ state }: RecordedTask): boolean {
  return OPEN.includes(state);
}

function recordedTaskOf(snapshot: QueryDocumentSnapshot): RecordedTask {
  const data = snapshot.data();
  const time = (field: string): number | undefined => {
    const value: unknown = data[field];
    return value instanceof Timestamp ? value.toMillis() : undefined;
  };
  return {
    taskId: snapshot.id,
    contract: String(data['contract']),
    subject: String(data['subject']),
    state: String(data['state']),
    attempts: Number(data['attempts']),
    errorCode: (data['error'] as { code?: string } | null)?.code,
    errorMessage: (data['error'] as { message?: string } | null)?.message,
    notBeforeMs: time('notBefore'),
    dueAtMs: time('dueAt'),
    expireAtMs: time('expireAt'),
  };
}

async function readAll({ firestore }: CampaignStack, collection: 'orders' | 'tasks' | 'receipts') {
  const byId = firestore.collection(collection).orderBy('__name__').limit(PAGE);
  let page = await byId.get();
  const all = [...page.docs];
  for (let last = page.docs.at(-1); last !== undefined && page.size === PAGE; last = page.docs.at(-1)) {
    page = await byId.startAfter(last).get();
    all.push(...page.docs);
  }
  return all;
}

async function readQueued({ tasks, queues, queuePath }: CampaignStack): Promise<string[]> {
  const lists = await Promise.all(
    queues.map(async (queue) => {
      const [found] = await tasks.listTasks({ parent: queuePath(queue) });
      return found.map(({ name }) => String(name));
    }),
  );
  return lists.flat();
}
