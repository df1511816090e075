import type { QueueName } from '../resource-names.ts';
import type { QueueRecord } from '../storage/queue-store.ts';
import type { QueueScheduler } from './queue-scheduler.ts';
import type { RecentCount } from './recent-count.ts';

/** A queue that exists: its record, and what sends its tasks. */
export interface Queue {
  readonly record: QueueRecord;
  readonly name: QueueName;
  readonly scheduler: QueueScheduler;
  /** Attempts that were answered. */
  readonly executed: RecentCount;
}

/** All queues that exist, by name. */
export class QueueRegistry {
  readonly #byName = new Map<string, Queue>();

  add(queue: Queue): void {
    this.#byName.set(queue.record.name, queue);
  }

  get(name: string): Queue | undefined {
    return this.#byName.get(name);
  }

  remove(queue: Queue): void {
    this.#byName.delete(queue.record.name);
  }

  /** Whether it still exists: it may have been deleted while something was awaited. */
  has(queue: Queue): boolean {
    return this.#byName.get(queue.record.name) === queue;
  }

  all(): IterableIterator<Queue> {
    return this.#byName.values();
  }

  /** The queues of a location, in the order of their names. */
  of(parent: string): Queue[] {
    return [...this.#byName.values()]
      .filter((queue) => queue.name.parent.name === parent)
      .sort((a, b) => (a.record.name < b.record.name ? -1 : 1));
  }
}
