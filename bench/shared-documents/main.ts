// `npm run shared-documents -w bench`: ABORTED responses by collection while 200 orders go through the whole system.

import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import type { Usage } from '@waybill/firestore-emulator';
import { createFirestoreClient, type LocalStack, startLocalStack } from '@waybill/local-stack';
import { productConverter, productReference } from '@waybill/orders';

const rootDir = join(import.meta.dirname, '../..');
const SETTLE_TIMEOUT_MS = 180_000;

process.env['METADATA_SERVER_DETECTION'] = 'none';
const { values } = parseArgs({ options: { orders: { type: 'string', default: '200' } } });
const orderCount = Number(values.orders);
if (!Number.isInteger(orderCount) || orderCount < 1) {
  throw new Error(`--orders must be a whole number from 1, got ${values.orders}`);
}

for (const { name, products, stock } of [
  { name: 'one product, enough for all', products: 1, stock: 10 * orderCount },
  { name: 'one product, enough for half', products: 1, stock: Math.ceil(orderCount / 2) },
  { name: 'many products', products: 50, stock: 10 * orderCount },
]) {
  const dataDir = mkdtempSync(join(tmpdir(), 'shared-documents-'));
  const queuesFile = join(import.meta.dirname, 'crowded-queues.yaml');
  const stack = await startLocalStack({ rootDir, dataDir, environment: process.env, queuesFile });
  try {
    const productIds = await stockShelf(stack, products, stock);
    await fetch(`${stack.urls.firestore}/emulator/usage:reset`, { method: 'POST' });
    const startedAt = performance.now();
    const orderIds = await Promise.all(
      Array.from({ length: orderCount }, (_, index) => buy(stack, productIds[index % products] ?? '')),
    );
    for (const orderId of orderIds) await whenReserved(stack, orderId);
    // The console looks on, and the sweep goes by.
    await fetch(`${stack.urls.frontDoor}/`, { headers: { host: 'console.localhost' } });
    await stack.advance(60_000);
    await whenQuiet(stack);
    const { aborted, reruns } = await usageOf(stack);
    const tasks = new Set(
      stack.events
        .filter(({ event }) => event === 'task.succeeded' || event === 'task.dead')
        .map(({ fields }) => fields['taskId']),
    ).size;
    const seconds = Math.round((performance.now() - startedAt) / 1_000);
    process.stdout.write(
      `${orderCount} orders of ${name}: ${tasks} tasks, ${reruns} reruns, ` +
        `${((reruns * 100) / tasks).toFixed(1)} per 100 tasks, ${seconds} s; ABORTED ${JSON.stringify(aborted)}\n`,
    );
  } finally {
    await stack.close();
    rmSync(dataDir, { recursive: true, force: true });
  }
}

async function stockShelf(stack: LocalStack, products: number, stock: number): Promise<string[]> {
  const firestore = createFirestoreClient(stack.ports.firestore);
  const productIds = Array.from({ length: products }, (_, index) => `crowd-${index}`);
  for (const productId of productIds) {
    const product = { productId, name: productId, price: 1_000, currency: 'EUR', stock };
    await productReference(firestore, productId).set(productConverter.toFirestore(product));
  }
  await firestore.terminate();
  return productIds;
}

async function buy(stack: LocalStack, productId: string): Promise<string> {
  for (;;) {
    const response = await fetch(`${stack.urls.frontDoor}/api/orders`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ email: 'buyer@example.com', items: [{ productId, quantity: 1 }] }),
    });
    const body = (await response.json()) as { orderId: string };
    if (response.status === 202) return body.orderId;
    if (response.status !== 503)
      throw new Error(`An order was not taken: ${response.status} ${JSON.stringify(body)}`);
    await delay(Number(response.headers.get('retry-after')) * 1_000);
  }
}

async function whenReserved(stack: LocalStack, orderId: string): Promise<void> {
  await stack.waitForEvent(
    ({ event, fields }) =>
      (event === 'task.succeeded' || event === 'task.dead') &&
      fields['task'] === 'reserve-inventory' &&
      fields['subject'] === `orders/${orderId}`,
    SETTLE_TIMEOUT_MS,
  );
}

/** Waits until no task has ended for some seconds: what is due later does not count. */
async function whenQuiet(stack: LocalStack): Promise<void> {
  for (let events = -1; events !== stack.events.length; ) {
    events = stack.events.length;
    await delay(3_000);
  }
}

async function usageOf(stack: LocalStack): Promise<Usage> {
  const response = await fetch(`${stack.urls.firestore}/emulator/usage`);
  return (await response.json()) as Usage;
}
