import { orderSubject, SAMPLE_PRODUCTS, seedProducts } from '@waybill/orders';
import { TaskReader } from '@waybill/task-runtime';
import { DeploymentError } from '../../deployment-error.ts';
import type { Scenario } from '../scenario.ts';

/**
 * Loads the shop with all that it links to; places an order and follows it into the queues: the order is stored, and each of its tasks that is due at once is in
 * Cloud Tasks.
 */
export const frontendScenario: Scenario = async ({ cloud, serviceUrl, timeoutMs }) => {
  await seedProducts(cloud.firestore);
  const page = await textOf(new URL('/', serviceUrl), timeoutMs);
  // Files that a bundle does not know of must have come along.
  const linked = [...page.matchAll(/(?:href|src)="(\/assets\/[^"]+)"/g)].map(([, path = '']) => path);
  if (linked.length === 0) throw new DeploymentError('the shop links to no style and no script');
  for (const path of linked) await textOf(new URL(path, serviceUrl), timeoutMs);
  const response = await fetch(`${serviceUrl}/api/orders`, {
    method: 'POST',
    headers: { 'Content-Type': 'application/json' },
    body: JSON.stringify({
      email: 'rehearsal@example.com',
      items: [{ productId: SAMPLE_PRODUCTS[0]?.productId, quantity: 1 }],
    }),
    signal: AbortSignal.timeout(timeoutMs),
  });
  const text = await response.text();
  if (response.status !== 202) {
    throw new DeploymentError(
      `POST /api/orders must answer 202, got ${response.status}: ${text.slice(0, 300)}`,
    );
  }
  const { orderId } = JSON.parse(text) as { orderId: string };
  const enqueued = await new TaskReader(cloud.firestore).ofSubject(orderSubject(orderId));
  if (enqueued.length === 0) throw new DeploymentError(`order ${orderId} was taken, but has no task`);
  const unknown = enqueued.filter(({ queue }) => !cloud.queues.includes(queue));
  if (unknown.length > 0) {
    const named = unknown.map(({ contract, queue }) => `${contract} in "${queue}"`).join(', ');
    throw new DeploymentError(
      `there is no such queue: ${named}; queue-config/queues.yaml has ${cloud.queues.join(', ')}. Add it there`,
    );
  }
  const missing = () =>
    enqueued.filter(({ taskId }) => !cloud.created.some(({ task }) => task.startsWith(taskId)));
  const sent = await cloud.waitFor(() => (missing().length === 0 ? true : undefined), timeoutMs);
  if (sent === undefined) {
    throw new DeploymentError(
      `order ${orderId} was taken, but not sent to Cloud Tasks: ${missing()
        .map(({ contract }) => contract)
        .join(', ')}`,
    );
  }
  return `shop with ${linked.length} files, order ${orderId.slice(0, 8)}… taken, ${enqueued.length} tasks in Cloud Tasks`;
};

async function textOf(url: URL, timeoutMs: number): Promise<string> {
  const response = await fetch(url, { signal: AbortSignal.timeout(timeoutMs) });
  const text = await response.text();
  if (response.status === 200) return text;
  throw new DeploymentError(
    `GET ${url.pathname} must answer 200, got ${response.status}: ${text.slice(0, 300)}`,
  );
}
