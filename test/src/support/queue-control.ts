import type { CloudTasksClient, protos } from '@google-cloud/tasks';
import { createTasksClient, LOCATION, type LocalStack, PROJECT } from '@waybill/local-stack';

type Task = protos.google.cloud.tasks.v2.ITask;

/** The queues of a stack, through the official client. */
export class QueueControl {
  readonly client: CloudTasksClient;

  constructor(stack: LocalStack) {
    this.client = createTasksClient(stack.ports.cloudTasks);
  }

  pathOf(queue: string): string {
    return this.client.queuePath(PROJECT, LOCATION, queue);
  }

  async pause(queue: string): Promise<void> {
    await this.client.pauseQueue({ name: this.pathOf(queue) });
  }

  async resume(queue: string): Promise<void> {
    await this.client.resumeQueue({ name: this.pathOf(queue) });
  }

  /** The tasks of a queue, with their bodies. */
  async tasks(queue: string): Promise<Task[]> {
    const [tasks] = await this.client.listTasks({ parent: this.pathOf(queue), responseView: 'FULL' });
    return tasks;
  }

  async close(): Promise<void> {
    await this.client.close();
  }
}
