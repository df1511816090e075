import type { DocumentReference, DocumentSnapshot, Firestore } from '@google-cloud/firestore';
import type { TaskTransaction } from '@waybill/task-runtime';
import { keyedHash } from '../access/keyed-hash.ts';
import type { OrderLinkKey } from '../access/order-link-key.ts';
import type { Order } from '../order/order.ts';
import { addressForLimits } from './address-for-limits.ts';

/** Maxima of {@link OrderLimits}. Zero: no limit. */
export interface OrderLimitMaxima {
  readonly windowSeconds: number;
  readonly declinesPerAddress: number;
  readonly declinesPerClient: number;
  /** Mails about cancelled orders. */
  readonly mailsPerAddress: number;
  readonly mailsPerClient: number;
  /** Orders that are placed, whatever becomes of them. Default 0. */
  readonly ordersPerAddress?: number;
  readonly ordersPerClient?: number;
}

/** Kinds of events that are counted. */
export type LimitedEvent = 'declines' | 'mails';

/** Whom an order is from: its address, and its client where the front service knew it. */
type Customer = Pick<Order, 'email' | 'clientKey'>;

const PURPOSE = 'order-limit/v1';

interface Counter {
  readonly reference: DocumentReference;
  readonly maxima: Readonly<Record<LimitedEvent | 'orders', number>>;
}

interface Counts {
  readonly declines: number;
  readonly mails: number;
  /** Absent where orders are not limited. */
  readonly orders?: number;
  /** End of the window; Firestore may delete the document from then on (TTL). */
  readonly expireAt: Date;
}

/**
 * Counts declined payments and mails about cancelled orders, for each address and each client: one document
 * `orderLimits/{keyed hash}` each, which all instances share. A window starts with the first event. An order that is paid
 * writes none of them, unless orders are limited too.
 */
export class OrderLimits {
  readonly #firestore: Firestore;
  readonly #secret: string;
  readonly #maxima: OrderLimitMaxima;

  /** @param options.keys the first one keys the hashes of addresses and clients */
  constructor(options: {
    firestore: Firestore;
    keys: readonly OrderLinkKey[];
    maxima: OrderLimitMaxima;
  }) {
    const [current] = options.keys;
    if (current === undefined) throw new RangeError('keys must hold at least one key');
    this.#firestore = options.firestore;
    this.#secret = current.secret;
    this.#maxima = options.maxima;
  }

  /** The key of a client, as an order keeps it: a keyed hash of its network address. */
  clientKeyOf(client: string): string {
    return keyedHash(this.#secret, PURPOSE, `client\n${client}`);
  }

  /**
   * Reads whether a limit is reached: at most two documents, outside of transactions.
   * @returns how long until its window ends; undefined if no limit is reached
   */
  async secondsUntilAllowed(
    customer: Customer,
    events: readonly LimitedEvent[] = ['declines', 'mails'],
  ): Promise<number | undefined> {
    const counters = this.#countersOf(customer).filter(({ maxima }) =>
      events.some((event) => maxima[event] > 0),
    );
    if (counters.length === 0) return undefined;
    const snapshots = await this.#firestore.getAll(...counters.map(({ reference }) => reference));
    const waits = snapshots.flatMap((snapshot, index) => {
      const now = snapshot.readTime.toDate();
      const counts = countsOf(snapshot, now);
      const maxima = counters[index]?.maxima;
      const isReached = events.some((event) => isAtLimit(counts?.[event] ?? 0, maxima?.[event] ?? 0));
      if (!isReached || counts === undefined) return [];
      return [secondsUntil(counts.expireAt, now)];
    });
    return waits.length === 0 ? undefined : Math.max(...waits);
  }

  /** Counts an event inside a transaction: one read and one write for the address, and for the client where it is known. */
  async count(
    transaction: Pick<TaskTransaction, 'get' | 'set' | 'now'>,
    event: LimitedEvent,
    customer: Customer,
  ): Promise<void> {
    for (const { reference, maxima } of this.#countersOf(customer)) {
      if (maxima[event] === 0) continue;
      const snapshot = await transaction.get(reference);
      const now = transaction.now();
      const counts = countsOf(snapshot, now) ?? this.#newCounts(now);
      // Beyond the limit nothing depends on the count, and an attack would make each task wait for this document.
      if (isAtLimit(counts[event], maxima[event])) continue;
      transaction.set(reference, { ...counts, [event]: counts[event] + 1 });
    }
  }

  /**
   * Counts an order inside the transaction that places it, unless a maximum is reached: one read and one write for the address,
   * and for the client where it is known. Costs nothing where orders are not limited.
   * @returns how long until the window ends, and nothing is counted; undefined if no limit is reached
   */
  async countOrder(
    transaction: Pick<TaskTransaction, 'get' | 'set' | 'now'>,
    customer: Customer,
  ): Promise<number | undefined> {
    const counted: { reference: DocumentReference; counts: Counts }[] = [];
    for (const { reference, maxima } of this.#countersOf(customer)) {
      if (maxima.orders === 0) continue;
      const snapshot = await transaction.get(reference);
      const now = transaction.now();
      const counts = countsOf(snapshot, now) ?? this.#newCounts(now);
      const { orders = 0 } = counts;
      if (isAtLimit(orders, maxima.orders)) return secondsUntil(counts.expireAt, now);
      counted.push({ reference, counts: { ...counts, orders: orders + 1 } });
    }
    for (const { reference, counts } of counted) transaction.set(reference, { ...counts });
    return undefined;
  }

  #newCounts(now: Date): Counts {
    const expireAt = new Date(now.getTime() + this.#maxima.windowSeconds * 1_000);
    return { declines: 0, mails: 0, expireAt };
  }

  #countersOf({ email, clientKey }: Customer): Counter[] {
    const { declinesPerAddress, declinesPerClient, mailsPerAddress, mailsPerClient } = this.#maxima;
    const { ordersPerAddress = 0, ordersPerClient = 0 } = this.#maxima;
    const counters: Counter[] = [];
    if (email !== '') {
      const key = keyedHash(this.#secret, PURPOSE, `address\n${addressForLimits(email)}`);
      const maxima = { declines: declinesPerAddress, mails: mailsPerAddress, orders: ordersPerAddress };
      counters.push(this.#counter(key, maxima));
    }
    if (clientKey !== undefined) {
      const maxima = { declines: declinesPerClient, mails: mailsPerClient, orders: ordersPerClient };
      counters.push(this.#counter(clientKey, maxima));
    }
    return counters;
  }

  #counter(key: string, maxima: Counter['maxima']): Counter {
    return { reference: this.#firestore.doc(`orderLimits/${key}`), maxima };
  }
}

/** Counts of a window that has not ended. */
function countsOf(snapshot: DocumentSnapshot, now: Date): Counts | undefined {
  const data = snapshot.data();
  if (data === undefined) return undefined;
  const expireAt: Date = data['expireAt'].toDate();
  if (expireAt <= now) return undefined;
  const orders: unknown = data['orders'];
  return {
    declines: data['declines'],
    mails: data['mails'],
    expireAt,
    ...(typeof orders === 'number' && { orders }),
  };
}

function secondsUntil(end: Date, now: Date): number {
  return Math.max(1, Math.ceil((end.getTime() - now.getTime()) / 1_000));
}

function isAtLimit(count: number, maximum: number): boolean {
  return maximum > 0 && count >= maximum;
}
