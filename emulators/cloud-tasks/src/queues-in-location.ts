import type { CloudTasksEngine } from './engine/cloud-tasks-engine.ts';
import type { DeclaredQueue, DeclaredQueues } from './queue-file.ts';

/** Applies declared queues to one location, at the start and when a queue file changes. */
export class QueuesInLocation {
  readonly #engine: CloudTasksEngine;
  readonly #parent: string;
  #listed: readonly string[] = [];

  /** @param parent `projects/PROJECT/locations/LOCATION` */
  constructor(engine: CloudTasksEngine, parent: string) {
    this.#engine = engine;
    this.#parent = parent;
  }

  /** Creates queues, or gives them these settings. A queue is paused if it is so declared, and never resumed. */
  declare(queues: readonly DeclaredQueue[]): void {
    for (const { name, settings, state } of queues) {
      this.#engine.ensureQueue(this.#path(name), settings);
      if (state === 'PAUSED') this.#engine.setPaused(this.#path(name), true);
    }
  }

  /** Applies a file at the start. */
  load({ queues }: DeclaredQueues): void {
    this.declare(queues);
    this.#listed = queues.map(({ name }) => name);
  }

  /**
   * Applies a file that has changed. A queue.yaml resumes the queues that it lists and pauses those that it no longer
   * lists, as `gcloud app deploy queue.yaml` does. A queues.yaml does neither.
   */
  async reload({ format, queues }: DeclaredQueues): Promise<void> {
    const before = this.#listed;
    this.load({ format, queues });
    if (format === 'queue.yaml') {
      for (const { name, state } of queues) {
        if (state === undefined) this.#engine.setPaused(this.#path(name), false);
      }
      for (const name of before) {
        if (!this.#listed.includes(name) && this.#engine.hasQueue(this.#path(name))) {
          this.#engine.setPaused(this.#path(name), true);
        }
      }
    }
    await this.#engine.committed();
  }

  #path(name: string): string {
    return `${this.#parent}/queues/${name}`;
  }
}
