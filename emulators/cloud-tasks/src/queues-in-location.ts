import type { CloudTasksEngine } from './engine/cloud-tasks-engine.ts';
import type { DeclaredQueue, DeclaredQueues } from './queue-file.ts';

/** The queue that App Engine has without a file. Leaving it out of a queue.yaml never pauses it. */
const DEFAULT_QUEUE = 'default';

/** Applies declared queues to one location, at the start and when a queue file changes. */
export class QueuesInLocation {
  readonly #engine: CloudTasksEngine;
  readonly #parent: string;
  /** Queues of the file's last version. */
  #listed: ReadonlySet<string> = new Set();
  /** Queues that the file stopped: it lists them as paused, or was a queue.yaml that stopped listing them. */
  readonly #stopped = new Set<string>();

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
    this.#listed = new Set(queues.map(({ name }) => name));
    for (const { name, state } of queues) if (state === 'PAUSED') this.#stopped.add(name);
  }

  /**
   * Applies a file that has changed. A queue is paused or resumed only where the two versions of the file differ about
   * it: an edit of another line leaves a person's pause alone.
   */
  async reload({ format, queues, keepsPaused }: DeclaredQueues): Promise<void> {
    const before = this.#listed;
    this.#listed = new Set(queues.map(({ name }) => name));
    for (const { name, settings, state } of queues) {
      this.#engine.ensureQueue(this.#path(name), settings);
      if (state === 'PAUSED') this.#stop(name);
      else if (!keepsPaused) this.#restart(name);
    }
    if (format === 'queue.yaml') {
      for (const name of before) if (!this.#listed.has(name) && name !== DEFAULT_QUEUE) this.#stop(name);
    }
    await this.#engine.committed();
  }

  /** Pauses a queue, unless an earlier version of the file did. */
  #stop(name: string): void {
    if (this.#stopped.has(name)) return;
    this.#stopped.add(name);
    if (this.#engine.hasQueue(this.#path(name))) this.#engine.setPaused(this.#path(name), true);
  }

  /** Resumes a queue that the file stopped. */
  #restart(name: string): void {
    if (this.#stopped.delete(name)) this.#engine.setPaused(this.#path(name), false);
  }

  #path(name: string): string {
    return `${this.#parent}/queues/${name}`;
  }
}
