import { seedProducts } from '@waybill/orders';
import { createFirestoreClient, createTasksClient } from '../clients/emulator-clients.ts';
import { LOCATION, PROJECT } from '../settings/local-settings.ts';
import { probeHttp, probeSmtp, untilReady } from './until-ready.ts';

/** Limits of a queue, as Cloud Tasks reports them. */
export interface QueueFacts {
  readonly name: string;
  readonly maxDispatchesPerSecond: number;
  readonly maxConcurrentDispatches: number;
}

/** Timeout from a part's listening to its first response. */
const READY_TIMEOUT_MS = 30_000;

/** Adds missing sample products to Firestore. The write also shows that Firestore answers. */
export async function seedFirestore(port: number): Promise<void> {
  const firestore = createFirestoreClient(port);
  try {
    await untilReady('Firestore', () => seedProducts(firestore), READY_TIMEOUT_MS);
  } finally {
    await firestore.terminate();
  }
}

/** Reads the queues through the official client. */
export async function readQueues(port: number): Promise<QueueFacts[]> {
  const tasks = createTasksClient(port);
  let queues: QueueFacts[] = [];
  try {
    await untilReady(
      'Cloud Tasks',
      async () => {
        const [found] = await tasks.listQueues({ parent: tasks.locationPath(PROJECT, LOCATION) });
        queues = found.map(({ name, rateLimits }) => ({
          name: String(name).split('/').at(-1) ?? '',
          maxDispatchesPerSecond: Number(rateLimits?.maxDispatchesPerSecond ?? 0),
          maxConcurrentDispatches: Number(rateLimits?.maxConcurrentDispatches ?? 0),
        }));
      },
      READY_TIMEOUT_MS,
    );
  } finally {
    await tasks.close();
  }
  return queues;
}

/** Waits until services answer health checks through the front door. */
export async function awaitServices(hosts: readonly string[], frontDoorPort: number): Promise<void> {
  await Promise.all(
    hosts.map((host) =>
      untilReady(
        `The service at ${host}`,
        (signal) => probeHttp({ port: frontDoorPort, path: '/readyz', host }, signal),
        READY_TIMEOUT_MS,
      ),
    ),
  );
}

/** Waits until the mailbox greets. */
export async function awaitMailbox(port: number): Promise<void> {
  await untilReady('The mailbox', (signal) => probeSmtp(port, signal), READY_TIMEOUT_MS);
}
