import type { RequestListener, ServerResponse } from 'node:http';
import type { Settings } from '@google-cloud/firestore';
import type { CloudTasksClient } from '@google-cloud/tasks';
import type { Catalogue } from '@waybill/contract-kit';
import { createService, type Logger } from '@waybill/service-kit';
import {
  createAppEngineOriginCheck,
  createTaskRuntime,
  createWorker,
  type QueueLocation,
  type TaskHandler,
} from '@waybill/task-runtime';
import type { AttemptTiming } from '@waybill/task-runtime/internal';
import { type CrashPoint, MortalFirestore } from '../crash/mortal-firestore.ts';

/** The life of a worker, as far as it has come. */
export interface WorkerLife {
  /** The number of transactions that it has begun. */
  readonly transactions: number;
  readonly hasDied: boolean;
  /** Its last transaction's change of a task's record, e.g. `charge-payment running, step charge done`; '' while it lives. */
  readonly fatalChange: string;
}

/** Settings of {@link ReplaceableWorker}. */
export interface ReplaceableWorkerOptions {
  readonly firestoreSettings: Settings;
  readonly cloudTasks: CloudTasksClient;
  readonly queueLocation: QueueLocation;
  readonly catalogue: Catalogue;
  readonly handlers: readonly TaskHandler[];
  readonly timing: Partial<AttemptTiming> | undefined;
  /** The runs of a transaction before the client gives it up. */
  readonly maxTransactionAttempts: number | undefined;
  readonly logger: Logger;
  readonly stopping: AbortSignal;
}

/**
 * The service that a request is for: the one that Cloud Tasks routes it to, the one that a sweep names, or the one of the
 * path's contract.
 */
function requestedService(
  { path, hostname, query }: { path: string; hostname: string; query: Record<string, unknown> },
  catalogue: Catalogue,
): string | undefined {
  const names = hostname.split('.');
  const contract = catalogue.contracts.find((one) => one.path === path);
  return (
    catalogue.services.find((service) => names.includes(service) || query['service'] === service) ??
    contract?.service
  );
}

/** A worker of each service behind HTTP, whose place another can take, as after `kill -9`. Each has a Firestore client of its own. */
export class ReplaceableWorker {
  readonly #options: ReplaceableWorkerOptions;
  readonly #lives: MortalFirestore[] = [];
  readonly #underWay = new Set<ServerResponse>();
  #callback: RequestListener;

  constructor(options: ReplaceableWorkerOptions) {
    this.#options = options;
    this.#callback = this.#begin().callback;
  }

  /** Takes a request for the present worker. */
  readonly listener: RequestListener = (request, response) => {
    this.#underWay.add(response);
    response.on('close', () => this.#underWay.delete(response));
    return this.#callback(request, response);
  };

  /**
   * Puts a new worker in the present one's place. With a crash point it dies there, and another takes its place, which
   * lives on. Default: it lives on.
   */
  replace(crash?: CrashPoint): WorkerLife {
    const { callback, life } = this.#begin(crash);
    this.#callback = callback;
    return life;
  }

  /** Kills the present worker at once: nothing that it asks gets a response. Another takes its place. */
  kill(): void {
    this.#lives.at(-1)?.kill();
  }

  /** Closes the Firestore clients of all workers, dead and alive. */
  async close(): Promise<void> {
    for (const life of this.#lives) life.bury();
    await Promise.all(this.#lives.map((life) => life.terminate()));
  }

  #begin(crash?: CrashPoint): { callback: RequestListener; life: WorkerLife } {
    let hasDied = false;
    const { firestoreSettings, logger, stopping, timing, handlers, maxTransactionAttempts, ...clients } =
      this.#options;
    const firestore = new MortalFirestore(firestoreSettings, {
      crash,
      maxAttempts: maxTransactionAttempts,
      onDeath: () => {
        hasDied = true;
        this.replace();
        // A request to the dead worker gets no response.
        for (const response of this.#underWay) response.destroy();
      },
    });
    this.#lives.push(firestore);
    const app = createService({ logger, stopping });
    const runtime = createTaskRuntime({ ...clients, firestore, logger });
    const { queues } = clients.catalogue;
    const workers = new Map(
      [...Map.groupBy(handlers, ({ contract }) => contract.service)].map(([service, ofService]) => [
        service,
        createWorker({
          runtime,
          handlers: ofService,
          originCheck: createAppEngineOriginCheck({ gaeEnv: 'standard', queues }),
          service,
          stopping,
          ...(timing && { timing }),
        }),
      ]),
    );
    app.use((ctx, next) => {
      const service = requestedService(ctx, clients.catalogue);
      const worker = workers.get(service ?? '') ?? workers.values().next().value;
      return worker?.(ctx, next);
    });
    const life: WorkerLife = {
      get transactions() {
        return firestore.transactions;
      },
      get hasDied() {
        return hasDied;
      },
      get fatalChange() {
        return firestore.fatalChange;
      },
    };
    return { callback: app.callback(), life };
  }
}
