import type { Firestore } from '@google-cloud/firestore';
import { hashOfJson } from '@waybill/contract-kit';
import {
  cancelOrder,
  changeOrder,
  isCancelledWithOrder,
  isOrderId,
  isTooLateToCancel,
  newOrderId,
  type Order,
  type OrderLimits,
  OrderRefusedError,
  type OrderStatus,
  orderConverter,
  orderReference,
  orderSubject,
  type Product,
  placeOrder,
  productConverter,
  productReference,
  type Receipt,
  readProducts,
  receiptConverter,
  receiptReference,
} from '@waybill/orders';
import { ServiceError } from '@waybill/service-kit';
import { chargePayment, reserveInventory } from '@waybill/task-contracts';
import {
  ContentionError,
  readStore,
  type TaskClient,
  type TaskReader,
  type TaskRuntime,
  type TaskTransaction,
} from '@waybill/task-runtime';
import { TaskOperator, TaskStateError } from '@waybill/task-runtime/operator';
import {
  firstResponseReference,
  newFirstResponse,
  repeatedResponse,
  unscopedResponse,
  unscopedResponseReference,
} from './idempotency-key.ts';
import type { OrderRequest } from './order-request.ts';
import { type TaskProgress, withNextAttempts } from './task-progress.ts';

/** The maximum of products on a page of the shop. */
const MAX_PRODUCTS = 500;

/** Dependencies of {@link OrderService}. */
export interface OrderServiceOptions {
  readonly runtime: TaskRuntime;
  readonly limits: OrderLimits;
  /** `randomBytes` of node:crypto. */
  readonly randomBytes: (count: number) => Buffer;
  /** The maximum wait for Firestore in one response. */
  readonly storeTimeoutMs: number;
}

/** The response to an order. */
export interface AcceptedOrder {
  readonly orderId: string;
  readonly status: OrderStatus;
  /** Whether it repeats the first response to the same Idempotency-Key. */
  readonly repeated: boolean;
}

/** Where an order stands at some time. */
export interface OrderState {
  readonly order: Order;
  readonly tasks: readonly TaskProgress[];
  /** Firestore's time of it. */
  readonly now: Date;
}

/** Takes orders and shows them. */
export class OrderService {
  readonly #firestore: Firestore;
  readonly #taskClient: TaskClient;
  readonly #limits: OrderLimits;
  readonly #reader: TaskReader;
  readonly #operator: TaskOperator;
  readonly #randomBytes: (count: number) => Buffer;
  readonly #timeoutMs: number;

  constructor(options: OrderServiceOptions) {
    const { runtime } = options;
    this.#firestore = runtime.firestore;
    this.#taskClient = runtime.client;
    this.#limits = options.limits;
    this.#reader = runtime.reader;
    this.#operator = new TaskOperator(runtime);
    this.#randomBytes = options.randomBytes;
    this.#timeoutMs = options.storeTimeoutMs;
  }

  /**
   * Places an order: its document and its first two tasks, charge and reservation, become true together, or nothing
   * does. Whether there is enough in stock is for the reservation to say.
   * @param options.client the client's network address, undefined where it is not known
   * @param options.keyOwner whose the key is; default: the order's address
   * @param options.idempotencyKey with it, the same request is the same order for 24 hours
   * @throws {ServiceError} 422 PRODUCT_UNKNOWN, MIXED_CURRENCIES, AMOUNT_TOO_LARGE or TOO_FAR_AHEAD; 409
   *   IDEMPOTENCY_KEY_REUSED; 429 TOO_MANY_FAILED_ORDERS or TOO_MANY_ORDERS; 503 STORE_UNAVAILABLE or CONTENTION, after which the order may or may not be there: with
   *   the same key it is safe to try again
   */
  async place(
    request: OrderRequest,
    options: {
      idempotencyKey?: string | undefined;
      keyOwner?: string;
      client?: string | undefined;
      traceparent?: string;
    },
  ): Promise<AcceptedOrder> {
    // Made outside of the transaction: if Firestore runs that again, it is still the same order.
    const orderId = newOrderId(this.#randomBytes);
    const bodyHash = hashOfJson(request);
    const { idempotencyKey } = options;
    const reference = orderReference(this.#firestore, orderId);
    const keyReference =
      idempotencyKey === undefined
        ? undefined
        : firstResponseReference(this.#firestore, {
            key: idempotencyKey,
            owner: options.keyOwner ?? request.email,
          });
    // Read beside the transaction: its locks on a product would make every order wait for every reservation of it.
    const reading = this.#productsOf(request);
    reading.catch(() => {});
    const clientKey = options.client === undefined ? undefined : this.#limits.clientKeyOf(options.client);
    const checking = this.#checkLimits(request.email, clientKey);
    checking.catch(() => {});

    return this.#taskClient.transaction(
      async (transaction): Promise<AcceptedOrder> => {
        const snapshot = await transaction.get(keyReference ?? reference);
        const now = transaction.now();
        const first =
          keyReference &&
          (repeatedResponse(snapshot, bodyHash, now) ??
            (await this.#unscopedResponse(transaction, { key: idempotencyKey, bodyHash })));
        if (first !== undefined) return { ...first, repeated: first.orderId !== orderId };

        await checking;
        const customer = { email: request.email, ...(clientKey !== undefined && { clientKey }) };
        const waitSeconds = await this.#limits.countOrder(transaction, customer);
        if (waitSeconds !== undefined) throw tooManyOrders(waitSeconds);
        const order = orderOf(request, { orderId, clientKey, products: await reading, now });
        const { status } = order;
        if (keyReference !== undefined) {
          transaction.set(keyReference, newFirstResponse({ bodyHash, orderId, status }, now));
        }
        transaction.create(reference, orderConverter.toFirestore(order));
        const when = {
          subject: orderSubject(orderId),
          ...(order.processAt !== undefined && { notBefore: order.processAt }),
        };
        const { amount, currency, paymentMethod } = order;
        transaction.enqueue(chargePayment, { orderId, amount, currency, paymentMethod }, when);
        const items = request.items.map(({ productId, quantity }) => ({ productId, quantity }));
        transaction.enqueue(reserveInventory, { orderId, items }, when);
        return { orderId, status, repeated: false };
      },
      {
        timeoutMs: this.#timeoutMs,
        ...(options.traceparent !== undefined && { traceparent: options.traceparent }),
      },
    );
  }

  /** The response of an earlier version to the same request. It can go a day after the roll-out of this one. */
  async #unscopedResponse(
    transaction: Pick<TaskTransaction, 'get' | 'now'>,
    { key, bodyHash }: { key: string | undefined; bodyHash: string },
  ): Promise<{ orderId: string; status: OrderStatus } | undefined> {
    if (key === undefined) return undefined;
    const snapshot = await transaction.get(unscopedResponseReference(this.#firestore, key));
    return unscopedResponse(snapshot, bodyHash, transaction.now());
  }

  /**
   * An order with its tasks, or undefined where there is none of that id.
   * @throws {ServiceError} 503 STORE_UNAVAILABLE
   */
  async find(orderId: string): Promise<OrderState | undefined> {
    if (!isOrderId(orderId)) return undefined;
    const [snapshot, tasks] = await readStore('order', this.#timeoutMs, () =>
      Promise.all([
        orderReference(this.#firestore, orderId).get(),
        this.#reader.ofSubject(orderSubject(orderId)),
      ]),
    );
    const order = orderConverter.fromFirestore(snapshot);
    if (order === undefined) return undefined;
    const now = snapshot.readTime.toDate();
    return { order, tasks: await withNextAttempts(tasks, this.#taskClient), now };
  }

  /**
   * Cancels an order: what it has is given back, by tasks. To cancel it again changes nothing.
   * @returns undefined where there is none of that id
   * @throws {ServiceError} 409 TOO_LATE_TO_CANCEL once the warehouse may know of it; 503 STORE_UNAVAILABLE or
   *   CONTENTION, after which it may or may not be cancelled: try again
   */
  async cancel(orderId: string, options: { traceparent?: string } = {}): Promise<Order | undefined> {
    if (!isOrderId(orderId)) return undefined;
    const change = await this.#taskClient.transaction(
      (transaction) =>
        changeOrder(transaction, this.#firestore, orderId, (order, now) => {
          if (order.status !== 'cancelled' && isTooLateToCancel(order)) {
            throw new ServiceError({
              code: 'TOO_LATE_TO_CANCEL',
              status: 409,
              message: 'The warehouse is sending this order already: it can’t be cancelled any more',
            });
          }
          return cancelOrder(order, { reason: 'customer', cancelledAt: now });
        }),
      { timeoutMs: this.#timeoutMs, ...options },
    );
    if (change === undefined) return undefined;
    await this.#cancelNeedlessTasks(orderId);
    return change.after;
  }

  /** What stays would do nothing when its time comes, for its order is cancelled; but why have it wait until then? */
  async #cancelNeedlessTasks(orderId: string): Promise<void> {
    const tasks = await readStore('tasks', this.#timeoutMs, () =>
      this.#reader.ofSubject(orderSubject(orderId)),
    );
    const needless = tasks.filter(
      ({ contract, state }) => state === 'pending' && isCancelledWithOrder(contract),
    );
    await Promise.all(
      needless.map(async ({ taskId }) => {
        try {
          const actor = { by: 'customer', why: 'the order was cancelled' };
          await this.#operator.cancel(taskId, actor, { onlyUntried: true });
        } catch (error) {
          // One that was begun goes on to its end: a charge that it made is to be found and given back.
          // One under contention is being claimed: its handler sees that the order is cancelled.
          const goesOn = error instanceof TaskStateError || error instanceof ContentionError;
          if (!goesOn) throw error;
        }
      }),
    );
  }

  /**
   * The receipt of an order, or undefined where there is none, or none yet.
   * @throws {ServiceError} 503 STORE_UNAVAILABLE
   */
  async receipt(orderId: string): Promise<Receipt | undefined> {
    if (!isOrderId(orderId)) return undefined;
    const snapshot = await readStore('receipt', this.#timeoutMs, () =>
      receiptReference(this.#firestore, orderId).get(),
    );
    return receiptConverter.fromFirestore(snapshot);
  }

  /**
   * All products, by their ids; the first 500.
   * @throws {ServiceError} 503 STORE_UNAVAILABLE
   */
  async products(): Promise<Product[]> {
    return readStore('products', this.#timeoutMs, () => readProducts(this.#firestore, MAX_PRODUCTS));
  }

  /** @throws {ServiceError} 429 TOO_MANY_FAILED_ORDERS */
  async #checkLimits(email: string, clientKey: string | undefined): Promise<void> {
    const customer = { email, ...(clientKey !== undefined && { clientKey }) };
    const waitSeconds = await readStore('limits', this.#timeoutMs, () =>
      this.#limits.secondsUntilAllowed(customer),
    );
    if (waitSeconds === undefined) return;
    throw new ServiceError({
      code: 'TOO_MANY_FAILED_ORDERS',
      status: 429,
      message: `Too many orders of this address or this client were declined or cancelled: try again in ${waitSeconds} s`,
      retryAfterSeconds: waitSeconds,
    });
  }

  async #productsOf({ items }: OrderRequest): Promise<Map<string, Product>> {
    const references = items.map(({ productId }) => productReference(this.#firestore, productId));
    const snapshots = await readStore('products', this.#timeoutMs, () =>
      this.#firestore.getAll(...references),
    );
    const products = snapshots.flatMap((snapshot) => productConverter.fromFirestore(snapshot) ?? []);
    return new Map(products.map((product) => [product.productId, product]));
  }
}

function tooManyOrders(waitSeconds: number): ServiceError {
  return new ServiceError({
    code: 'TOO_MANY_ORDERS',
    status: 429,
    message: `This address or this client has placed too many orders: try again in ${waitSeconds} s`,
    retryAfterSeconds: waitSeconds,
  });
}

function orderOf(
  request: OrderRequest,
  context: {
    orderId: string;
    clientKey: string | undefined;
    products: ReadonlyMap<string, Product>;
    now: Date;
  },
): Order {
  const { orderId, clientKey, products, now } = context;
  const { email, items, paymentMethod, processAt } = request;
  const unknown: { pointer: string; message: string }[] = [];
  const lines = items.flatMap(({ productId, quantity }, index) => {
    const product = products.get(productId);
    if (product !== undefined) return [{ product, quantity }];
    unknown.push({ pointer: `/items/${index}/productId`, message: 'is not a known product' });
    return [];
  });
  if (unknown.length > 0) {
    const names = items.map(({ productId }) => productId).filter((productId) => !products.has(productId));
    throw new ServiceError({
      code: 'PRODUCT_UNKNOWN',
      status: 422,
      message: `There is no product ${names.map((name) => `"${name}"`).join(', ')}: GET /api/products lists them`,
      problem: { errors: unknown },
    });
  }
  try {
    return placeOrder({ orderId, email, lines, paymentMethod, clientKey, now, processAt });
  } catch (error) {
    if (!(error instanceof OrderRefusedError)) throw error;
    throw new ServiceError({ code: error.code, status: 422, message: error.message, cause: error });
  }
}
