import { randomBytes } from 'node:crypto';
import type { Firestore } from '@google-cloud/firestore';
import {
  newOrderId,
  type Order,
  orderConverter,
  orderReference,
  orderSubject,
  placeOrder,
  SAMPLE_PRODUCTS,
  seedProducts,
} from '@waybill/orders';
import { catalogue, chargePayment, reserveInventory } from '@waybill/task-contracts';
import { createTaskRuntime, type TaskRuntimeOptions, type TaskSummary } from '@waybill/task-runtime';
import { DeploymentError } from '../../deployment-error.ts';
import { REHEARSAL_LOCATION, REHEARSAL_PROJECT } from '../emulated-cloud.ts';
import type { Scenario } from '../scenario.ts';

/** An order of one piece of the first sample product. */
function sampleOrder(): Order {
  const [product] = SAMPLE_PRODUCTS;
  if (product === undefined) throw new DeploymentError('there is no sample product to order');
  return placeOrder({
    orderId: newOrderId(randomBytes),
    email: 'rehearsal@example.com',
    lines: [{ product, quantity: 1 }],
    paymentMethod: 'pm_card_visa',
    now: new Date(),
  });
}

/**
 * Puts an order into Firestore without any task, and what it orders into stock.
 * @returns the payload of its `reserve-inventory` task
 */
export async function storeSampleOrder(
  firestore: Firestore,
): Promise<{ orderId: string; items: { productId: string; quantity: number }[] }> {
  await seedProducts(firestore);
  const order = sampleOrder();
  await orderReference(firestore, order.orderId).set(orderConverter.toFirestore(order));
  return {
    orderId: order.orderId,
    items: order.items.map(({ productId, quantity }) => ({ productId, quantity })),
  };
}

/**
 * Enqueues an order's first tasks as the front service does, and waits until they and all that follows from them at once
 * have succeeded: the worker takes deliveries, writes to Firestore, pays, mails, and sends follow-ups itself.
 */
export const workerScenario: Scenario = async ({ cloud, timeoutMs }) => {
  const { firestore, tasks } = cloud;
  const unknown = catalogue.contracts.filter(({ queue }) => !cloud.queues.includes(queue));
  if (unknown.length > 0) {
    const named = unknown.map(({ name, queue }) => `${name} in "${queue}"`).join(', ');
    throw new DeploymentError(
      `there is no such queue: ${named}; queue-config/queues.yaml has ${cloud.queues.join(', ')}. Add it there`,
    );
  }
  const order = sampleOrder();
  const { orderId, amount, currency, paymentMethod, items } = order;
  const subject = orderSubject(orderId);
  const { client, reader } = createTaskRuntime({
    firestore,
    cloudTasks: tasks,
    queueLocation: { project: REHEARSAL_PROJECT, location: REHEARSAL_LOCATION },
    catalogue,
    logger: silentLogger,
  });
  await seedProducts(firestore);
  await client.transaction(async (transaction) => {
    transaction.set(orderReference(firestore, orderId), orderConverter.toFirestore(order));
    transaction.enqueue(chargePayment, { orderId, amount, currency, paymentMethod }, { subject });
    transaction.enqueue(
      reserveInventory,
      { orderId, items: items.map(({ productId, quantity }) => ({ productId, quantity })) },
      { subject },
    );
  });

  let found: TaskSummary[] = [];
  const done = await cloud.waitFor(async () => {
    found = await reader.ofSubject(subject);
    const now = found.filter(({ notBefore }) => notBefore === undefined);
    const dead = now.find(({ state }) => state === 'dead');
    if (dead !== undefined) {
      throw new DeploymentError(
        `${dead.contract} failed for good: ${dead.error?.code}: ${dead.error?.message}`,
      );
    }
    // More than the first two: the worker has enqueued what follows, so it reaches Cloud Tasks.
    return now.length > 2 && now.every(({ state }) => state === 'succeeded') ? now : undefined;
  }, timeoutMs);
  if (done === undefined) {
    const states = found.map(({ contract, state, attempts, error }) =>
      [`${contract} ${state} after ${attempts} attempts`, error?.message].filter(Boolean).join(': '),
    );
    const answers = cloud.dispatched.map(
      ({ task, status, error }) => `${task.slice(0, 8)}… ${status ?? error}`,
    );
    throw new DeploymentError(
      `the order's tasks were not done within ${timeoutMs} ms (${states.join('; ')}); answers: ${answers.join(', ') || 'none'}`,
    );
  }
  return `order ${orderId.slice(0, 8)}… done: ${done.map(({ contract }) => contract).join(', ')}`;
};

const silentLogger: TaskRuntimeOptions['logger'] = {
  debug() {},
  info() {},
  notice() {},
  warning() {},
  error() {},
  critical() {},
  child: () => silentLogger,
};
