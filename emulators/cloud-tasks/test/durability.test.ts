import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import type { CloudTasksClient } from '@google-cloud/tasks';
import { DATABASE_GONE_EXIT_CODE } from '@waybill/emulator-kit';
import { createClient, PARENT } from './support/emulator.ts';
import { type Receiver, startReceiver } from './support/receiver.ts';
import { restTransport } from './support/transports.ts';

const QUEUE = `${PARENT}/queues/orders`;
const MAIN = join(import.meta.dirname, '../src/main.ts');

interface Running {
  readonly child: ChildProcess;
  readonly client: CloudTasksClient;
  readonly port: number;
  /** Ends it with that signal, and waits for the end. @returns its exit code */
  end(signal: NodeJS.Signals): Promise<number | null>;
}

describe('the emulator as a process', function () {
  this.timeout(30_000);
  let receiver: Receiver;
  let folder: string;
  let running: Running[];

  beforeEach(async () => {
    receiver = await startReceiver();
    folder = await mkdtemp(join(tmpdir(), 'cloud-tasks-'));
    await writeFile(
      join(folder, 'queues.yaml'),
      'queues: [{ name: orders, retryConfig: { minBackoff: 0.001s, maxBackoff: 0.001s } }]',
    );
    running = [];
  });
  afterEach(async () => {
    for (const { end } of running) await end('SIGKILL');
    await receiver.close();
    await rm(folder, { recursive: true });
  });

  async function start(...args: string[]): Promise<Running> {
    const child = spawn(
      process.execPath,
      [
        MAIN,
        ...['--port', '0', '--data-dir', join(folder, 'data'), '--project', 'demo'],
        ...['--queues', join(folder, 'queues.yaml'), ...args],
      ],
      { stdio: ['ignore', 'pipe', 'inherit'] },
    );
    const lines = createInterface({ input: child.stdout });
    const [line] = (await once(lines, 'line')) as [string];
    const port = Number(/^cloud-tasks-emulator listening on 127\.0\.0\.1:(\d+)$/.exec(line)?.[1]);
    const client = createClient(port);
    const process_: Running = {
      child,
      client,
      port,
      async end(signal) {
        await client.close();
        if (child.exitCode === null && child.signalCode === null) {
          const exited = once(child, 'exit');
          child.kill(signal);
          await exited;
        }
        return child.exitCode;
      },
    };
    running.push(process_);
    return process_;
  }

  const create = ({ client }: Running, task: object) =>
    client.createTask({ parent: QUEUE, task: { httpRequest: { url: receiver.url }, ...task } });

  it('ends rather than acknowledge a task when its folder was removed', async () => {
    const emulator = await start();
    const exited = once(emulator.child, 'exit');
    await rm(join(folder, 'data'), { recursive: true });
    await assert.rejects(create(emulator, {}));
    assert.deepEqual(await exited, [DATABASE_GONE_EXIT_CODE, null]);
    assert.equal(receiver.received.length, 0);
  });

  it('keeps what it has acknowledged over kill -9: tasks, queues, states and reserved names', async () => {
    const before = await start();
    const seconds = Math.floor(Date.now() / 1000) + 3600;
    const created = await Promise.all(
      Array.from({ length: 100 }, () => create(before, { scheduleTime: { seconds } })),
    );
    await create(before, { name: `${QUEUE}/tasks/done` });
    await receiver.waitFor(1);
    await create(before, { name: `${QUEUE}/tasks/deleted`, scheduleTime: { seconds } });
    await before.client.deleteTask({ name: `${QUEUE}/tasks/deleted` });
    await before.client.pauseQueue({ name: QUEUE });
    await fetch(`http://127.0.0.1:${before.port}/emulator/idle:wait`, { method: 'POST' });
    await before.end('SIGKILL');

    const after = await start();
    const [tasks] = await after.client.listTasks({ parent: QUEUE });
    assert.deepEqual(tasks.map(({ name }) => name).sort(), created.map(([{ name }]) => name).sort());
    assert.equal((await after.client.getQueue({ name: QUEUE }))[0].state, 'PAUSED');
    for (const id of ['done', 'deleted']) {
      await assert.rejects(create(after, { name: `${QUEUE}/tasks/${id}` }), { code: 6 });
    }
  });

  it('keeps operations with their tasks, IAM policies and encryption keys over kill -9', async () => {
    const before = await start();
    await before.client.pauseQueue({ name: QUEUE });
    const rest = restTransport(before.port);
    const batches = await Promise.all(
      Array.from({ length: 20 }, (_, batch) =>
        rest.call('BatchCreateTasks', {
          parent: QUEUE,
          requestId: `create-${batch}`,
          requests: Array.from({ length: 5 }, (__, index) => ({
            parent: QUEUE,
            task: { name: `${QUEUE}/tasks/t-${batch}-${index}`, httpRequest: { url: receiver.url } },
          })),
        }),
      ),
    );
    const names = [`${QUEUE}/tasks/t-0-0`];
    const deleted = await rest.call('BatchDeleteTasks', { parent: QUEUE, requestId: 'delete', names });
    const bindings = [{ role: 'roles/viewer', members: ['allUsers'] }];
    const policy = await rest.call('SetIamPolicy', { resource: QUEUE, policy: { bindings } });
    const cmekConfig = {
      name: `${PARENT}/cmekConfig`,
      kmsKey: `${PARENT}/keyRings/r/cryptoKeys/k`,
    };
    await rest.call('UpdateCmekConfig', { cmekConfig });
    await before.end('SIGKILL');

    const after = restTransport((await start()).port);
    for (const { json } of [...batches, deleted]) {
      assert.deepEqual((await after.call('GetOperation', { name: json.name })).json, json);
    }
    const { json } = await after.call('ListTasks', { parent: QUEUE });
    assert.equal(json.tasks.length, 99);
    assert.deepEqual((await after.call('GetIamPolicy', { resource: QUEUE })).json, policy.json);
    assert.deepEqual((await after.call('GetCmekConfig', { name: cmekConfig.name })).json, cmekConfig);
    const again = await after.call('BatchDeleteTasks', { parent: QUEUE, requestId: 'create-0', names });
    assert.equal(again.message, 'Duplicate operation id in the batch request: create-0');
  });

  it('sends a task again that was on its way when it was killed', async () => {
    const before = await start();
    receiver.answer(() => {}, 200);
    await create(before, {
      name: `${QUEUE}/tasks/t`,
      httpRequest: { url: receiver.url, body: Buffer.from('b') },
    });
    await receiver.waitFor(1);
    const [open] = await before.client.getTask({ name: `${QUEUE}/tasks/t` });
    assert.equal(open.dispatchCount, 1);
    assert.equal(open.responseCount, 0);
    await before.end('SIGKILL');

    await start();
    const [, again] = await receiver.waitFor(2);
    assert.equal(again?.headers['x-cloudtasks-taskname'], 't');
    assert.equal(again?.headers['x-cloudtasks-taskretrycount'], '1');
    assert.equal(again?.headers['x-cloudtasks-taskexecutioncount'], '0');
    assert.equal(again?.headers['x-cloudtasks-taskpreviousresponse'], '503');
    assert.equal(again?.body.toString(), 'b');
  });

  it('ends on SIGTERM with code 0, and sends again at once what it cut off: that is no failed attempt', async () => {
    const backoff = 'minBackoff: 3600s, maxBackoff: 3600s';
    await writeFile(join(folder, 'queues.yaml'), `queues: [{ name: orders, retryConfig: { ${backoff} } }]`);
    const before = await start();
    receiver.answer(() => {}, 200);
    await create(before, {});
    await receiver.waitFor(1);
    assert.equal(await before.end('SIGTERM'), 0);
    await start();
    await receiver.waitFor(2);
  });

  it('keeps its clock ahead', async () => {
    const before = await start();
    const name = `${QUEUE}/tasks/tomorrow`;
    await create(before, { name, scheduleTime: { seconds: Math.floor(Date.now() / 1000) + 24 * 3600 } });
    const clock = await fetch(`http://127.0.0.1:${before.port}/emulator/clock`, {
      method: 'PUT',
      body: JSON.stringify({ offsetMs: 12 * 3_600_000 }),
    });
    assert.equal(clock.status, 200);
    await before.end('SIGKILL');
    const after = await start();
    const [task] = await after.client.getTask({ name });
    assert.equal(task.dispatchCount, 0);
    await fetch(`http://127.0.0.1:${after.port}/emulator/clock`, {
      method: 'PUT',
      body: JSON.stringify({ offsetMs: 24 * 3_600_000 }),
    });
    await receiver.waitFor(1);
  });

  it('gives a queue of the file its settings again, and leaves its state and tasks', async () => {
    const before = await start();
    await before.client.pauseQueue({ name: QUEUE });
    await create(before, { name: `${QUEUE}/tasks/waiting` });
    await before.end('SIGTERM');
    await writeFile(
      join(folder, 'queues.yaml'),
      'queues: [{ name: orders, retryConfig: { maxAttempts: 7 } }]',
    );
    const after = await start();
    const [queue] = await after.client.getQueue({ name: QUEUE });
    assert.equal(queue.retryConfig?.maxAttempts, 7);
    assert.equal(queue.state, 'PAUSED');
    await after.client.getTask({ name: `${QUEUE}/tasks/waiting` });
  });

  it('does not share its data with a second one', async () => {
    await start();
    const second = spawn(process.execPath, [MAIN, '--port', '0', '--data-dir', join(folder, 'data')], {
      stdio: ['ignore', 'ignore', 'pipe'],
    });
    const chunks: Buffer[] = [];
    second.stderr.on('data', (chunk: Buffer) => chunks.push(chunk));
    const [code] = (await once(second, 'close')) as [number];
    assert.equal(code, 1);
    assert.match(
      Buffer.concat(chunks).toString(),
      /Cannot use .*cloud-tasks\.db: another process has it open/,
    );
  });

  it('writes one line of JSON for each event, if asked to', async () => {
    const emulator = await start('--log-events');
    const lines = createInterface({ input: emulator.child.stdout ?? assert.fail('no stdout') });
    const events: { event: string; task: string }[] = [];
    const done = new Promise<void>((resolve) => {
      lines.on('line', (line) => {
        events.push(JSON.parse(line));
        if (events.at(-1)?.event === 'taskCompleted') resolve();
      });
    });
    receiver.answer(500, 200);
    await create(emulator, { name: `${QUEUE}/tasks/t` });
    await done;
    assert.deepEqual(
      events.map(({ event }) => event),
      [
        'taskCreated',
        'dispatchStarted',
        'dispatchEnded',
        'dispatchStarted',
        'dispatchEnded',
        'taskCompleted',
      ],
    );
    assert.ok(events.every(({ task }) => task === 't'));
  });
});
