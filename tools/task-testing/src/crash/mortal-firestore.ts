import { Firestore, type Settings, type Transaction } from '@google-cloud/firestore';
import { taskCollection } from '@waybill/task-runtime/internal';
import type { TaskRecord } from '@waybill/task-runtime/operator';

/**
 * The point at which a worker dies: at which of its changes to tasks' records, counted from 1, and on which side of its commit.
 * `before`: all that leads to the commit has been run, also what a handler does in its `finish`, and nothing is written.
 * `after`: it is written, and nobody has been told.
 */
export interface CrashPoint {
  readonly transaction: number;
  readonly when: 'before' | 'after';
}

/** Rolls a transaction back whose worker dies before its commit. */
class NotCommittedError extends Error {
  override readonly name = 'NotCommittedError';
}

/**
 * The Firestore client of a worker that is to die, as by `kill -9`, at one of its transactions. From then on nothing
 * that asks it gets a response, good or bad, so that the worker's code can't go on either.
 */
export class MortalFirestore extends Firestore {
  readonly #buried = Promise.withResolvers<never>();
  /** Rejects when it dies: a transaction under way is rolled back, so that its locks do not outlive it. */
  readonly #death = Promise.withResolvers<never>();
  readonly #onDeath: () => void;
  readonly #crash: CrashPoint | undefined;
  readonly #maxAttempts: number | undefined;
  #transactions = 0;
  #change = '';
  #isDead = false;

  /**
   * @param options.onDeath called once, when it dies
   * @param options.maxAttempts the runs of a transaction before the client gives it up; default: the client's own 5
   */
  constructor(
    settings: Settings,
    options: { crash: CrashPoint | undefined; onDeath: () => void; maxAttempts?: number | undefined },
  ) {
    super(settings);
    this.#maxAttempts = options.maxAttempts;
    this.#crash = options.crash;
    this.#onDeath = options.onDeath;
    this.#buried.promise.catch(() => {});
    this.#death.promise.catch(() => {});
  }

  /** The number of transactions that were begun. */
  get transactions(): number {
    return this.#transactions;
  }

  /** The change of a task's record in the transaction that it died at, for people; '' while it lives. */
  get fatalChange(): string {
    return this.#isDead ? this.#change : '';
  }

  override async runTransaction<T>(
    work: (transaction: Transaction) => Promise<T>,
    given?: Parameters<Firestore['runTransaction']>[1],
  ): Promise<T> {
    const options =
      given ?? (this.#maxAttempts === undefined ? undefined : { maxAttempts: this.#maxAttempts });
    this.#transactions += 1;
    const isLast = this.#crash?.transaction === this.#transactions;
    if (this.#isDead) return this.#buried.promise;
    const observed = async (transaction: Transaction): Promise<T> => {
      if (isLast) this.#observe(transaction);
      return await Promise.race([work(transaction), this.#death.promise]);
    };
    if (isLast && this.#crash?.when === 'before') {
      await super
        .runTransaction(async (transaction) => {
          await observed(transaction);
          throw new NotCommittedError();
        }, options)
        .catch(() => {});
      this.#die();
      return this.#buried.promise;
    }
    const result = await super.runTransaction(observed, options).catch((error: unknown) => {
      if (error instanceof NotCommittedError) return this.#buried.promise;
      throw error;
    });
    if (isLast) this.#die();
    return this.#isDead ? this.#buried.promise : result;
  }

  /** Ends its worker's life at once. */
  kill(): void {
    if (!this.#isDead) this.#die();
  }

  /** Ends all that still awaits a response, at the end of a test. */
  bury(): void {
    this.#isDead = true;
    this.#buried.reject(new Error('The worker of a test is dead, and the test is over'));
  }

  #observe(transaction: Transaction): void {
    for (const method of ['set', 'update'] as const) {
      const write = transaction[method].bind(transaction) as (...parameters: unknown[]) => Transaction;
      transaction[method] = ((...parameters: [{ parent: { id: string } }, unknown]) => {
        const [{ parent }, data] = parameters;
        if (parent.id === taskCollection(this).id) this.#change = describeRecord(data as Partial<TaskRecord>);
        return write(...parameters);
      }) as never;
    }
  }

  #die(): void {
    this.#isDead = true;
    this.#death.reject(new NotCommittedError());
    this.#onDeath();
  }
}

function describeRecord({ contract, state, steps = {} }: Partial<TaskRecord>): string {
  const made = Object.entries(steps).map(([name, step]) => `step ${name} ${step.state}`);
  return [`${contract} ${state}`, ...made].join(', ');
}
