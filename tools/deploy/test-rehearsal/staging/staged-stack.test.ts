import assert from 'node:assert/strict';
import { once } from 'node:events';
import { mkdtempSync, readlinkSync, rmSync } from 'node:fs';
import { type IncomingMessage, request } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { listServiceFolders } from '@waybill/google-config';
import { type LocalStack, startLocalStack } from '@waybill/local-stack';
import { stageService } from '../../src/staging/stage-service.ts';

const rootDir = join(import.meta.dirname, '../../../..');
const EVENT_TIMEOUT_MS = 60_000;

describe('the local stack of staged services', () => {
  let folder: string;
  before(async () => {
    folder = mkdtempSync(join(tmpdir(), 'staged-stack-'));
    for (const name of listServiceFolders(rootDir)) {
      await stageService({ rootDir, folder: name, outDir: join(folder, 'stages', name) });
    }
  });
  after(() => rmSync(folder, { recursive: true, force: true }));

  // HTTP tasks are verified in the bundle too.
  for (const taskTarget of ['app-engine', 'http'] as const) {
    it(`does an order with tasks by ${taskTarget}`, async () => {
      const stack: LocalStack = await startLocalStack({
        rootDir,
        dataDir: join(folder, taskTarget),
        environment: process.env,
        stagesDir: join(folder, 'stages'),
        taskTarget,
      });
      try {
        for (const { service, instances } of stack.appEngine.services()) {
          const folderOfService = service === 'default' ? 'frontend' : service;
          for (const { pid } of instances) {
            assert.equal(readlinkSync(`/proc/${pid}/cwd`), join(folder, 'stages', folderOfService));
          }
        }
        const answer = await fetch(`${stack.urls.frontDoor}/api/orders`, {
          method: 'POST',
          headers: { 'Content-Type': 'application/json' },
          body: JSON.stringify({
            email: 'ada@example.com',
            items: [{ productId: 'espresso-beans', quantity: 1 }],
          }),
        });
        assert.equal(answer.status, 202, await answer.text());
        await stack.waitForEvent(
          ({ event, fields }) => event === 'task.succeeded' && fields['task'] === 'send-confirmation-email',
          EVENT_TIMEOUT_MS,
        );
        assert.equal((await stack.mails()).length, 1);
        assert.equal((await stack.charges()).length, 1);
        // The console reads and changes things with both clients from its bundle, too.
        const port = stack.ports.frontDoor;
        const { queues } = (await askConsole(port, '/api/queues')) as { queues: { settings: unknown }[] };
        assert.ok(queues.length > 3 && queues.every(({ settings }) => settings !== null));
        const { tasks } = (await askConsole(port, '/api/tasks')) as { tasks: unknown[] };
        assert.ok(tasks.length > 4, JSON.stringify(tasks));
        const paused = await askConsole(port, '/api/queues/emails/pause', { why: 'to see it work' });
        assert.deepEqual(paused, { queue: 'emails', action: 'pause' });
      } finally {
        await stack.close();
      }
    });
  }
});

/** Asks the console as a program does, by its Host; unlike this, fetch can't set that. */
async function askConsole(port: number, path: string, body?: object): Promise<unknown> {
  const asking = request({
    ...{ host: '127.0.0.1', port, path, method: body === undefined ? 'GET' : 'POST', agent: false },
    headers: { Host: `console.localhost:${port}`, ...(body && { 'Content-Type': 'application/json' }) },
    signal: AbortSignal.timeout(EVENT_TIMEOUT_MS),
  });
  asking.end(body && JSON.stringify(body));
  const [response] = (await once(asking, 'response')) as [IncomingMessage];
  const text = Buffer.concat(await response.toArray()).toString('utf8');
  assert.ok([200, 202].includes(response.statusCode ?? 0), text);
  return JSON.parse(text);
}
