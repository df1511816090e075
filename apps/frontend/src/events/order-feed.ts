import type { Firestore } from '@google-cloud/firestore';
import { type Order, orderConverter, orderReference, orderSubject } from '@waybill/orders';
import { type TaskClient, TaskReader, type TaskSummary } from '@waybill/task-runtime';
import type { OrderState } from '../orders/order-service.ts';
import { waitsForRetry, withNextAttempts } from '../orders/task-progress.ts';

/** An order and its tasks change in one commit but are told by two queries, one a little after the other. */
const GATHER_MS = 30;
/** The ledger knows of a retry a moment before Cloud Tasks knows its time. */
const LOOKUP_INTERVAL_MS = 400;
const MAX_LOOKUPS = 5;
/** Whoever follows an order often comes back at once; until then its queries are kept, for a new one reads all anew. */
const LINGER_MS = 5_000;

/** Who follows an order. */
export interface OrderFollower {
  /** Called at first, and after each change. Undefined: there is no such order. */
  changed(state: OrderState | undefined): void;
  /** Firestore refuses, or the document makes no sense; nothing more is told. */
  failed(error: unknown): void;
}

/**
 * Tells what becomes of orders as it happens. However many follow an order, Firestore is listened to once for it: two
 * queries, which cost a read for each document at first, and one for each that changes.
 */
export class OrderFeed {
  readonly #firestore: Firestore;
  readonly #taskClient: Pick<TaskClient, 'scheduledAt'>;
  readonly #reader: TaskReader;
  readonly #lingerMs: number;
  readonly #orders = new Map<string, FollowedOrder>();

  /** @param options.lingerMs delay before listeners close after the last follower leaves; default 5 s */
  constructor(options: {
    firestore: Firestore;
    taskClient: Pick<TaskClient, 'scheduledAt'>;
    lingerMs?: number | undefined;
  }) {
    this.#firestore = options.firestore;
    this.#taskClient = options.taskClient;
    this.#reader = new TaskReader(options.firestore);
    this.#lingerMs = options.lingerMs ?? LINGER_MS;
  }

  /** How many orders are listened to. */
  get size(): number {
    return this.#orders.size;
  }

  /**
   * Follows an order. Its followers are called after this has returned.
   * @returns ends it; to be called once
   */
  follow(orderId: string, follower: OrderFollower): () => void {
    let order = this.#orders.get(orderId);
    if (order === undefined) {
      const created = new FollowedOrder({
        listen: (sink) => this.#listen(orderId, sink),
        taskClient: this.#taskClient,
        lingerMs: this.#lingerMs,
        ended: () => {
          if (this.#orders.get(orderId) === created) this.#orders.delete(orderId);
        },
      });
      order = created;
      this.#orders.set(orderId, order);
    }
    return order.add(follower);
  }

  /** Stops listening to anything. Followers are told nothing more. */
  close(): void {
    for (const order of this.#orders.values()) order.end();
  }

  #listen(orderId: string, sink: Sink): () => void {
    const guarded = <Args extends unknown[]>(take: (...args: Args) => void) => {
      return (...args: Args) => {
        try {
          take(...args);
        } catch (error) {
          sink.failed(error);
        }
      };
    };
    const endOrder = orderReference(this.#firestore, orderId).onSnapshot(
      guarded((snapshot) => sink.order(orderConverter.fromFirestore(snapshot), snapshot.readTime.toDate())),
      sink.failed,
    );
    const endTasks = this.#reader.watchSubject(orderSubject(orderId), {
      changed: guarded(sink.tasks),
      failed: sink.failed,
    });
    return () => {
      endOrder();
      endTasks();
    };
  }
}

interface Sink {
  readonly order: (order: Order | undefined, readAt: Date) => void;
  readonly tasks: (tasks: TaskSummary[], readAt: Date) => void;
  readonly failed: (error: unknown) => void;
}

class FollowedOrder {
  readonly #followers = new Set<OrderFollower>();
  readonly #taskClient: Pick<TaskClient, 'scheduledAt'>;
  readonly #lingerMs: number;
  readonly #ended: () => void;
  readonly #stopListening: () => void;
  #order: { readonly value: Order | undefined } | undefined;
  #tasks: readonly TaskSummary[] | undefined;
  /** Firestore's time and the machine's when it was read. */
  #readAt = { storeMs: 0, machineMs: 0 };
  #state: { readonly value: OrderState | undefined } | undefined;
  /** Counted up by each change: what was found out for an older one is not told any more. */
  #change = 0;
  #timer: NodeJS.Timeout | undefined;
  #lingering: NodeJS.Timeout | undefined;
  #isEnded = false;

  constructor(options: {
    listen: (sink: Sink) => () => void;
    taskClient: Pick<TaskClient, 'scheduledAt'>;
    lingerMs: number;
    ended: () => void;
  }) {
    this.#taskClient = options.taskClient;
    this.#lingerMs = options.lingerMs;
    this.#ended = options.ended;
    this.#stopListening = options.listen({
      order: (order, readAt) => {
        this.#order = { value: order };
        this.#changed(readAt);
      },
      tasks: (tasks, readAt) => {
        this.#tasks = tasks;
        this.#changed(readAt);
      },
      failed: (error) => {
        if (this.#isEnded) return;
        const followers = [...this.#followers];
        this.end();
        for (const follower of followers) follower.failed(error);
      },
    });
  }

  add(follower: OrderFollower): () => void {
    clearTimeout(this.#lingering);
    this.#followers.add(follower);
    const state = this.#state;
    if (state !== undefined) {
      setImmediate(() => {
        if (this.#followers.has(follower)) follower.changed(state.value && this.#upToDate(state.value));
      });
    }
    return () => {
      this.#followers.delete(follower);
      if (this.#followers.size > 0 || this.#isEnded) return;
      clearTimeout(this.#lingering);
      this.#lingering = setTimeout(() => this.end(), this.#lingerMs);
      this.#lingering.unref();
    };
  }

  end(): void {
    if (this.#isEnded) return;
    this.#isEnded = true;
    clearTimeout(this.#timer);
    clearTimeout(this.#lingering);
    this.#followers.clear();
    this.#stopListening();
    this.#ended();
  }

  #changed(readAt: Date): void {
    this.#readAt = { storeMs: readAt.getTime(), machineMs: performance.now() };
    this.#change += 1;
    this.#tellIn(GATHER_MS, 0);
  }

  #tellIn(delayMs: number, lookups: number): void {
    clearTimeout(this.#timer);
    if (this.#isEnded) return;
    this.#timer = setTimeout(() => void this.#tell(lookups), delayMs);
  }

  /** @param lookups how often Cloud Tasks was asked for this state before */
  async #tell(lookups: number): Promise<void> {
    if (this.#order === undefined || this.#tasks === undefined) return;
    const change = this.#change;
    const { value: order } = this.#order;
    const tasks = await withNextAttempts(this.#tasks, this.#taskClient);
    if (this.#isEnded || change !== this.#change) return;
    const state = order && { order, tasks, now: this.#now() };
    this.#state = { value: state };
    for (const follower of [...this.#followers]) follower.changed(state);
    const isLeftOpen = tasks.some((task) => waitsForRetry(task) && task.nextAttemptAt === undefined);
    if (isLeftOpen && lookups < MAX_LOOKUPS) this.#tellIn(LOOKUP_INTERVAL_MS, lookups + 1);
  }

  #upToDate(state: OrderState): OrderState {
    return { ...state, now: this.#now() };
  }

  #now(): Date {
    return new Date(this.#readAt.storeMs + (performance.now() - this.#readAt.machineMs));
  }
}
