import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Firestore } from '@google-cloud/firestore';
import type { CloudTasksClient } from '@google-cloud/tasks';
import {
  createTasksClient,
  type ExtraVersion,
  LOCATION,
  type LocalStack,
  PROJECT,
  startLocalStack,
  type TaskTargetName,
} from '@waybill/local-stack';
import { type Product, productConverter, productReference } from '@waybill/orders';
import { rootDir, WITHOUT_LIMITS } from '../../src/support/flow-stack.ts';
import { CrashPointFiles } from './crash-point-files.ts';

/** A stack for a campaign: fast queues, a shelf of its own, and the official clients to look at it. */
export interface CampaignStack {
  readonly stack: LocalStack;
  readonly firestore: Firestore;
  readonly tasks: CloudTasksClient;
  /** The queues' names. */
  readonly queues: readonly string[];
  /** Only where crash points were asked for. */
  readonly points: CrashPointFiles;
  queuePath(queue: string): string;
  close(): Promise<void>;
}

/** Starts the whole system on a new folder, which its `close()` removes. */
export async function startCampaignStack(options: {
  readonly products: readonly Product[];
  /** Loads crash-points.ts into the services. Default false. */
  readonly crashPoints?: boolean;
  /** Default `app-engine`. */
  readonly taskTarget?: TaskTargetName;
  readonly cloudTasksFaults?: Readonly<Record<string, number>>;
  readonly firestoreFaults?: Readonly<Record<string, number>>;
  /** Further versions of services. Default none. */
  readonly services?: readonly ExtraVersion[];
}): Promise<CampaignStack> {
  const folder = mkdtempSync(join(tmpdir(), 'waybill-campaign-'));
  const queues = readQueueNames();
  const queuesFile = join(folder, 'queues.yaml');
  writeFileSync(queuesFile, fastQueues(queues));
  const points = new CrashPointFiles(join(folder, 'points'));
  mkdirSync(points.dir);
  const preload = new URL('../crash-points.ts', import.meta.url).href;
  const stack = await startLocalStack({
    rootDir,
    dataDir: join(folder, 'data'),
    environment: process.env,
    queuesFile,
    ...(options.taskTarget && { taskTarget: options.taskTarget }),
    serviceEnvironment: {
      ...WITHOUT_LIMITS,
      ...(options.crashPoints && { NODE_OPTIONS: `--import ${preload}`, CRASH_POINTS_DIR: points.dir }),
    },
    ...(options.cloudTasksFaults && { cloudTasksFaults: options.cloudTasksFaults }),
    ...(options.services && { services: options.services }),
    ...(options.firestoreFaults && { firestoreFaults: options.firestoreFaults }),
  });
  if (options.crashPoints) {
    // Here every service dies every few seconds, and each time for a reason: the wait of a crash loop is cut short.
    stack.appEngine.events.on('instance', ({ service, version, state }) => {
      if (state === 'backing-off') setImmediate(() => void stack.appEngine.restartInstance(service, version));
    });
  }
  const firestore = new Firestore({
    projectId: PROJECT,
    host: `127.0.0.1:${stack.ports.firestore}`,
    ssl: false,
  });
  const tasks = createTasksClient(stack.ports.cloudTasks);
  for (const product of options.products) {
    await productReference(firestore, product.productId).set(productConverter.toFirestore(product));
  }
  return {
    stack,
    firestore,
    tasks,
    queues,
    points,
    queuePath: (queue) => tasks.queuePath(PROJECT, LOCATION, queue),
    async close() {
      await Promise.allSettled([firestore.terminate(), tasks.close()]);
      await stack.close();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

/** The queues of the system, by their names in its queue file. */
function readQueueNames(): string[] {
  const text = readFileSync(join(rootDir, 'queue-config/queues.yaml'), 'utf8');
  const names = [...text.matchAll(/^\s*-\s+(?:\{\s*)?name:\s*([\w-]+)/gm)].map(([, name]) => name ?? '');
  if (names.length === 0) throw new Error('queue-config/queues.yaml names no queue');
  return names;
}

/** As fast as Cloud Tasks allows, with a backoff of at most a second. */
function fastQueues(names: readonly string[]): string {
  return [
    'queues:',
    ...names.flatMap((name) => [
      `  - name: ${name}`,
      '    rateLimits: { maxDispatchesPerSecond: 500, maxConcurrentDispatches: 40 }',
      '    retryConfig: { maxAttempts: -1, minBackoff: 0.2s, maxBackoff: 1s, maxDoublings: 3 }',
    ]),
    '',
  ].join('\n');
}

/** @throws {RangeError} if the flag's value is none */
export function readTaskTarget(text: string): TaskTargetName {
  if (text === 'app-engine' || text === 'http') return text;
  throw new RangeError(`--task-target must be app-engine or http, got "${text}"`);
}
