import { join } from 'node:path';
import { Firestore } from '@google-cloud/firestore';
import {
  createTasksClient,
  LOCATION,
  type LocalStack,
  type LocalStackOptions,
  PROJECT,
  startLocalStack,
} from '@waybill/local-stack';
import { createLogger } from '@waybill/service-kit';
import { createTaskRuntime, type TaskRuntime } from '@waybill/task-runtime';
import { catalogue, takeCredit } from '../../two-services/contracts.ts';
import { rootDir } from './flow-stack.ts';

/** An order of credit. */
export interface CreditOrder {
  readonly orderId: string;
  readonly amount: number;
  readonly paymentMethod: string;
}

/** The application of test/two-services, which runs. */
export interface TwoServices {
  readonly stack: LocalStack;
  readonly firestore: Firestore;
  /** A producer's. */
  readonly runtime: TaskRuntime;
  /** Enqueues an order's first task. @param version the version of `worker` that does it. Default: the one that serves */
  order(order: CreditOrder, version?: string): Promise<void>;
  /** Runs the sweep of each service. */
  sweep(): Promise<void>;
  /** The number of tasks that are neither done nor given up. */
  openTasks(): Promise<number>;
  close(): Promise<void>;
}

/** The root of the application with two services that do tasks, `worker` and `billing`. */
const twoServicesDir = join(rootDir, 'test/two-services');

/** Starts it, on free ports. */
export async function startTwoServices(
  dataDir: string,
  options: Pick<LocalStackOptions, 'services' | 'taskTarget' | 'cloudTasksFaults'> = {},
): Promise<TwoServices> {
  const stack = await startLocalStack({
    rootDir: twoServicesDir,
    // The task runtime needs the same indexes in each application.
    indexesFile: join(rootDir, 'firestore.indexes.json'),
    catalogue,
    dataDir,
    environment: process.env,
    ...options,
  });
  const { ports } = stack;
  const firestore = new Firestore({ projectId: PROJECT, host: `127.0.0.1:${ports.firestore}`, ssl: false });
  const cloudTasks = createTasksClient(ports.cloudTasks);
  const runtime = createTaskRuntime({
    firestore,
    cloudTasks,
    queueLocation: { project: PROJECT, location: LOCATION },
    catalogue,
    logger: createLogger({ service: 'producer', version: 'v1', destination: { write: () => {} } }),
    ...(options.taskTarget === 'http' && {
      target: {
        kind: 'http',
        origins: Object.fromEntries(
          catalogue.services.map((name) => [name, `http://${name}.localhost:${ports.frontDoor}`]),
        ),
        serviceAccount: `tasks@${PROJECT}.iam.gserviceaccount.com`,
      },
    }),
  });
  return {
    stack,
    firestore,
    runtime,
    async order(order, version) {
      await runtime.client.transaction(
        async (transaction) =>
          transaction.enqueue(takeCredit, order, {
            subject: `orders/${order.orderId}`,
            dedupeKey: order.orderId,
            ...(version !== undefined && { version }),
          }),
        { timeoutMs: 60_000 },
      );
    },
    async sweep() {
      for (const service of catalogue.services) await stack.appEngine.runCron(`Sweep of ${service}`);
    },
    async openTasks() {
      // No index lists tasks by their state alone.
      const { docs } = await firestore.collection('tasks').select('state').get();
      return docs.filter((task) => ['pending', 'running'].includes(task.get('state'))).length;
    },
    async close() {
      await Promise.allSettled([firestore.terminate(), cloudTasks.close()]);
      await stack.close();
    },
  };
}
