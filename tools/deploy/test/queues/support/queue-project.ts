import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { CloudTasksClient, protos } from '@google-cloud/tasks';
import { type CloudTasksEmulator, startCloudTasksEmulator } from '@waybill/cloud-tasks-emulator';
import { connectCloudTasks } from '../../../src/queues/connect-cloud-tasks.ts';
import { type CommandEffects, runQueuesCommand } from '../../../src/queues/run-queues-command.ts';

export type IQueue = protos.google.cloud.tasks.v2.IQueue;

/** The outcome of a run of the command. */
export interface CommandRun {
  readonly code: number;
  readonly out: string;
  readonly err: string;
}

/** A project at an emulator, and a queue file, for one test. */
export class QueueProject {
  readonly emulator: CloudTasksEmulator;
  readonly client: CloudTasksClient;
  readonly folder = mkdtempSync(join(tmpdir(), 'queue-project-'));
  readonly parent = 'projects/demo/locations/europe-west1';

  private constructor(emulator: CloudTasksEmulator, client: CloudTasksClient) {
    this.emulator = emulator;
    this.client = client;
  }

  static async start(): Promise<QueueProject> {
    const emulator = await startCloudTasksEmulator({ port: 0, closeGraceMs: 100 });
    const client = await connectCloudTasks({
      project: 'demo',
      endpoint: { host: '127.0.0.1', port: emulator.port },
    });
    return new QueueProject(emulator, client);
  }

  get file(): string {
    return join(this.folder, 'queues.yaml');
  }

  get text(): string {
    return readFileSync(this.file, 'utf8');
  }

  set text(text: string) {
    writeFileSync(this.file, text);
  }

  /** Runs the command on this project and file; `world` takes the place of a terminal that isn't there. */
  run(command: string, effects: Partial<CommandEffects> = {}): Promise<CommandRun> {
    const endpoint = `127.0.0.1:${this.emulator.port}`;
    return runCommand(
      [
        ...command.split(' '),
        ...['--project', 'demo', '--location', 'europe-west1', '--endpoint', endpoint, '--file', this.file],
      ],
      effects,
    );
  }

  async queue(name: string): Promise<IQueue> {
    const [queue] = await this.client.getQueue({ name: this.path(name) });
    return queue;
  }

  async create(name: string, settings: Omit<IQueue, 'name'> = {}): Promise<void> {
    await this.client.createQueue({ parent: this.parent, queue: { name: this.path(name), ...settings } });
  }

  /** Puts so many tasks into a queue, due in a day: they stay there. */
  async fill(name: string, tasks: number): Promise<void> {
    const seconds = Math.floor(this.emulator.clock.nowMs() / 1_000) + 86_400;
    for (let index = 0; index < tasks; index += 1) {
      const task = { httpRequest: { url: 'http://127.0.0.1:9/' }, scheduleTime: { seconds } };
      await this.client.createTask({ parent: this.path(name), task });
    }
  }

  path(name: string): string {
    return `${this.parent}/queues/${name}`;
  }

  async close(): Promise<void> {
    rmSync(this.folder, { recursive: true });
    await this.client.close();
    await this.emulator.close();
  }
}

/** Runs the command as it would run without a terminal. */
export async function runCommand(
  args: readonly string[],
  effects: Partial<CommandEffects> = {},
): Promise<CommandRun> {
  let out = '';
  let err = '';
  const code = await runQueuesCommand(args, {
    connect: connectCloudTasks,
    ask: undefined,
    stopping: new AbortController().signal,
    ...effects,
    write: (text) => {
      out += text;
      effects.write?.(text);
    },
    writeError: (text) => {
      err += text;
    },
  });
  return { code, out, err };
}
