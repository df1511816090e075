import { setTimeout as delay } from 'node:timers/promises';
import type { FirestoreEmulator } from '@waybill/firestore-emulator';
import {
  productConverter,
  productReference,
  putBackStock,
  readProducts,
  StockQueue,
  type StockTraffic,
  withdrawStock,
} from '@waybill/orders';
import { createLogger } from '@waybill/service-kit';
import { catalogue } from '@waybill/task-contracts';
import {
  ContentionError,
  createGoogleClients,
  createTaskRuntime,
  type TaskTransaction,
} from '@waybill/task-runtime';
import type { StockScenario } from './stock-scenarios.ts';

/** The pace of a load, and the distance to Firestore. */
export interface StockLoad {
  /** Worker processes: each has its own client and its own queue of orders. */
  readonly processes: number;
  readonly ordersPerSecond: number;
  readonly maxConcurrent: number;
  /** Time that each read and each commit takes longer than on this machine. */
  readonly roundTripMs: number;
  /** From 0 to below 1: the gaps between orders, and the process of each. */
  readonly random: () => number;
}

/** The counts of a load. */
export interface StockResult {
  readonly sold: number;
  readonly refused: number;
  /** Orders that were handed back with `CONTENTION`, and came again. */
  readonly handedBack: number;
  /** Transactions that the clients ran again. */
  readonly reruns: number;
  /** ABORTED responses by collection. */
  readonly aborted: Readonly<Record<string, number>>;
  readonly documentReads: number;
  readonly seconds: number;
  /** Differences between what was sold and what is left; none where all is right. */
  readonly problems: readonly string[];
}

const product = { productId: 'hot', name: 'Hot product', price: 1200, currency: 'EUR' };
const RETRY_MS = 1_000;

/** Runs a load against a running emulator, which holds nothing but that load. */
export async function runStockScenario(
  emulator: FirestoreEmulator,
  scenario: StockScenario,
  load: StockLoad,
): Promise<StockResult> {
  const processes = Array.from({ length: load.processes }, () => new WorkerProcess(emulator.port, load));
  const [first] = processes;
  if (first === undefined) throw new RangeError(`A load needs 1 process or more, got ${load.processes}`);
  const { firestore } = first;
  const reference = productReference(firestore, product.productId);
  await reference.set(productConverter.toFirestore({ ...product, stock: scenario.stock }));
  emulator.resetUsage();

  const tally = { sold: 0, refused: 0, handedBack: 0 };
  const running = new Set<Promise<void>>();
  const startedAt = performance.now();
  let restocking: Promise<void> | undefined;
  let dueMs = startedAt;
  for (let index = 0; index < scenario.orders; index += 1) {
    // Orders come independently of each other: the gaps between them are exponential.
    dueMs += (-Math.log(1 - load.random()) * 1_000) / load.ordersPerSecond;
    await delay(Math.max(1, dueMs - performance.now()));
    while (running.size >= load.maxConcurrent) await Promise.race(running);
    if (scenario.restock > 0 && index === Math.floor(scenario.orders / 2)) {
      restocking = first.restock(scenario.restock);
    }
    const process = processes[Math.floor(load.random() * processes.length)] ?? first;
    const order = placeOrder(process, scenario, index, tally).finally(() => running.delete(order));
    running.add(order);
  }
  await Promise.all([...running, restocking]);
  const seconds = (performance.now() - startedAt) / 1_000;

  const { reruns, aborted, documentReads } = emulator.usage();
  const [found] = await readProducts(firestore);
  const expected = scenario.stock + scenario.restock - tally.sold;
  await Promise.all(processes.map((process) => process.close()));
  return {
    ...tally,
    reruns,
    aborted: Object.fromEntries(
      Object.entries(aborted).map(([collection, reasons]) => [
        collection,
        Object.values(reasons).reduce((sum, count) => sum + count, 0),
      ]),
    ),
    documentReads,
    seconds,
    problems: found?.stock === expected ? [] : [`${found?.stock} pieces are left instead of ${expected}`],
  };
}

/** Reserves an order's pieces, until Firestore has let it through, and cancels some of the orders. */
async function placeOrder(
  process: WorkerProcess,
  { maxQuantity, cancelEach }: StockScenario,
  index: number,
  tally: { sold: number; refused: number; handedBack: number },
): Promise<void> {
  const quantity = 1 + (index % maxQuantity);
  const orderId = `order-${index}`;
  const persist = async <T>(attempt: () => Promise<T>): Promise<T> => {
    for (;;) {
      try {
        return await attempt();
      } catch (error) {
        if (!(error instanceof ContentionError)) throw error;
        tally.handedBack += 1;
        await delay(RETRY_MS);
      }
    }
  };
  if (!(await persist(() => process.reserve(orderId, quantity)))) tally.refused += 1;
  else if (cancelEach > 0 && index % cancelEach === 0)
    await persist(() => process.release(orderId, quantity));
  else tally.sold += quantity;
}

/** The part of a worker that takes stock. An order's state is in its own document, written in the same commit. */
class WorkerProcess {
  readonly #clients;
  readonly #runtime;
  readonly #queue;
  readonly #roundTripMs: number;

  constructor(firestorePort: number, { roundTripMs }: StockLoad) {
    const project = 'hot-stock';
    this.#roundTripMs = roundTripMs;
    this.#clients = createGoogleClients({ project, firestoreEmulatorHost: `127.0.0.1:${firestorePort}` });
    const { firestore } = this.#clients;
    this.#queue = new StockQueue({ firestore, random: Math.random });
    this.#runtime = createTaskRuntime({
      ...this.#clients,
      queueLocation: { project, location: 'us-central1' },
      catalogue,
      logger: createLogger({ service: 'hot-stock', version: 'bench' }),
    });
  }

  get firestore() {
    return this.#clients.firestore;
  }

  close(): Promise<void> {
    return this.#clients.close();
  }

  /** Adds pieces as an operator does: beside the shards, in a transaction of its own. */
  async restock(pieces: number): Promise<void> {
    const reference = productReference(this.firestore, product.productId);
    await this.firestore.runTransaction(async (transaction) => {
      const snapshot = await transaction.get(reference);
      transaction.update(reference, { stock: (snapshot.get('stock') as number) + pieces });
    });
  }

  /** @returns whether the order got its pieces */
  reserve(orderId: string, quantity: number): Promise<boolean> {
    return this.#change({ orderId, quantity, direction: 'take' }, async (transaction, access, order) => {
      if (order.get('state') === 'reserved') return true;
      const shortages = await withdrawStock(transaction, access);
      if (shortages.length > 0) return false;
      transaction.set(order.ref, { state: 'reserved' });
      return true;
    });
  }

  release(orderId: string, quantity: number): Promise<boolean> {
    return this.#change({ orderId, quantity, direction: 'put-back' }, async (transaction, access, order) => {
      if (order.get('state') !== 'reserved') return true;
      transaction.set(order.ref, { state: 'released' });
      await putBackStock(transaction, access);
      return true;
    });
  }

  #change(
    { orderId, quantity, direction }: { orderId: string; quantity: number; direction: 'take' | 'put-back' },
    change: (
      transaction: TaskTransaction,
      access: Parameters<typeof withdrawStock>[1],
      order: Awaited<ReturnType<TaskTransaction['get']>>,
    ) => Promise<boolean>,
  ): Promise<boolean> {
    const items = [{ productId: product.productId, quantity }];
    const { firestore } = this;
    return this.#queue.run({ items, direction }, (traffic: StockTraffic) =>
      this.#runtime.client.transaction(async (transaction) => {
        const distant = this.#distant(transaction);
        const order = await distant.get(firestore.collection('orders').doc(orderId));
        const result = await change(distant, { firestore, items, traffic }, order);
        await delay(this.#roundTripMs);
        return result;
      }),
    );
  }

  /** The same transaction, with the time that a response takes in a data centre. */
  #distant(transaction: TaskTransaction): TaskTransaction {
    const roundTripMs = this.#roundTripMs;
    return new Proxy(transaction, {
      get(target, name) {
        const member: unknown = Reflect.get(target, name, target);
        if (typeof member !== 'function') return member;
        if (name !== 'get' && name !== 'getAll' && name !== 'query') return member.bind(target);
        return async (...given: unknown[]): Promise<unknown> => {
          await delay(roundTripMs);
          return member.apply(target, given);
        };
      },
    });
  }
}
