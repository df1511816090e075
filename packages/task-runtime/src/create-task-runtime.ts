import type { Firestore } from '@google-cloud/firestore';
import type { CloudTasksClient } from '@google-cloud/tasks';
import type { Catalogue } from '@waybill/contract-kit';
import type { Logger } from '@waybill/service-kit';
import type { QueueLocation } from './client/queue-location.ts';
import { TaskClient } from './client/task-client.ts';
import { TaskReader } from './client/task-reader.ts';
import { TaskSender } from './client/task-sender.ts';
import { checkTarget, type TaskTarget } from './client/task-target.ts';
import { TaskLedger } from './ledger/task-ledger.ts';

/** Settings of {@link createTaskRuntime}. */
export interface TaskRuntimeOptions {
  readonly firestore: Firestore;
  readonly cloudTasks: CloudTasksClient;
  readonly queueLocation: QueueLocation;
  readonly catalogue: Catalogue;
  readonly logger: Logger;
  /** The way of tasks to the services that do them. Default: through App Engine. */
  readonly target?: TaskTarget | undefined;
  /** The App Engine version of each service that immediate tasks are routed to, for a canary. Default: the one that serves. */
  readonly routingVersions?: Readonly<Record<string, string>> | undefined;
}

/** The parts of the task runtime in one service: one object to pass on, instead of its clients side by side. */
export interface TaskRuntime {
  readonly firestore: Firestore;
  readonly cloudTasks: CloudTasksClient;
  readonly queueLocation: QueueLocation;
  readonly catalogue: Catalogue;
  /** For producers: enqueues tasks in one commit with their own writes. */
  readonly client: TaskClient;
  /** For services that show customers where their tasks stand. */
  readonly reader: TaskReader;
  /** For the runtime's own parts: writes the tasks' records. */
  readonly ledger: TaskLedger;
  /** For the runtime's own parts: sends the tasks of committed records. */
  readonly sender: TaskSender;
}

/**
 * Joins a service's clients and contracts to its task runtime.
 * @throws {ContractDefinitionError} if tasks go over HTTP and the address of a contract's service is not given
 */
export function createTaskRuntime(options: TaskRuntimeOptions): TaskRuntime {
  const { firestore, cloudTasks, queueLocation, catalogue, logger, routingVersions = {} } = options;
  const { target = { kind: 'app-engine' } } = options;
  checkTarget(target, catalogue);
  const ledger = new TaskLedger({ firestore, routingVersions, catalogue, logger });
  const sender = new TaskSender({ cloudTasks, queueLocation, catalogue, target, ledger, logger });
  return {
    firestore,
    cloudTasks,
    queueLocation,
    catalogue,
    client: new TaskClient({ ledger, sender, cloudTasks, queueLocation, logger }),
    reader: new TaskReader(firestore),
    ledger,
    sender,
  };
}
