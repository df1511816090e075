import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { MovableClock } from '@waybill/emulator-kit';
import { startCloudTasksEmulator } from '../src/index.ts';
import { PARENT, startTestEmulator } from './support/emulator.ts';

const OLD_QUEUE = `${PARENT}/queues/old`;

describe('a data folder', () => {
  let dataDir: string;

  beforeEach(() => {
    dataDir = mkdtempSync(join(tmpdir(), 'format-'));
  });
  afterEach(() => rmSync(dataDir, { recursive: true }));

  const write = (statements: string): void => {
    const database = new DatabaseSync(join(dataDir, 'cloud-tasks.db'));
    database.exec(statements);
    database.close();
  };
  const readFormat = (): unknown => {
    const database = new DatabaseSync(join(dataDir, 'cloud-tasks.db'));
    const format = database.prepare('PRAGMA user_version').get()?.['user_version'];
    database.close();
    return format;
  };

  it('of format 1 is upgraded with its queues, tasks, attempts and reserved names', async () => {
    write(readFileSync(join(import.meta.dirname, 'fixtures/format-1.sql'), 'utf8'));
    for (const start of ['first', 'second']) {
      // Tasks of the fixture were made then; a month later they would be gone.
      const clock = new MovableClock({ systemNowMs: () => Date.parse('2025-10-10T00:00:00Z') });
      const test = await startTestEmulator({ dataDir, clock });
      try {
        const [queue] = await test.client.getQueue({ name: OLD_QUEUE });
        assert.deepEqual([queue.state, queue.rateLimits?.maxDispatchesPerSecond], ['PAUSED', 7], start);
        const [task] = await test.client.getTask({ name: `${OLD_QUEUE}/tasks/t`, responseView: 'FULL' });
        assert.deepEqual([task.dispatchCount, String(task.httpRequest?.body)], [1, 'hi']);
        const done = { name: `${OLD_QUEUE}/tasks/done`, httpRequest: { url: 'http://127.0.0.1:9' } };
        await assert.rejects(test.client.createTask({ parent: OLD_QUEUE, task: done }), { code: 6 });
      } finally {
        await test.close();
      }
    }
    assert.equal(readFormat(), 2);
  });

  it('of a newer version is refused and stays as it is', async () => {
    write('PRAGMA user_version = 99; CREATE TABLE later (x);');
    await assert.rejects(startCloudTasksEmulator({ dataDir }), {
      code: 'DATA_TOO_NEW',
      message:
        /cloud-tasks\.db is in format 99 of a newer version; this version reads up to format 2\. Update/,
    });
    assert.equal(readFormat(), 99);
  });
});
