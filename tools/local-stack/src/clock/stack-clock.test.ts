import assert from 'node:assert/strict';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type CloudTasksEmulator, startCloudTasksEmulator } from '@waybill/cloud-tasks-emulator';
import { type FirestoreEmulator, startFirestoreEmulator } from '@waybill/firestore-emulator';
import { createTasksClient } from '../clients/emulator-clients.ts';
import { LOCATION, PROJECT } from '../settings/local-settings.ts';
import { type ClockFollowers, holdDispatches, StackClock } from './stack-clock.ts';

const HOUR_MS = 3_600_000;

describe('StackClock', () => {
  let folder: string;
  let firestore: FirestoreEmulator;
  let cloudTasks: CloudTasksEmulator;
  let target: Server;
  let openRequests: ServerResponse[];
  let followers: ClockFollowers;

  beforeEach(async () => {
    folder = mkdtempSync(join(tmpdir(), 'stack-clock-'));
    openRequests = [];
    target = createServer((_request, response) => {
      openRequests.push(response);
      target.emit('dispatched');
    }).listen(0, '127.0.0.1');
    await once(target, 'listening');
    firestore = await startFirestoreEmulator({ port: 0 });
    cloudTasks = await startCloudTasksEmulator({
      port: 0,
      queues: { project: PROJECT, location: LOCATION, list: [{ name: 'q', settings: {} }] },
    });
    const running = { whenReady: async () => {} };
    followers = {
      usedByTasks: [{ name: 'Firestore', port: firestore.port, ...running }],
      cloudTasks: { name: 'Cloud Tasks', port: cloudTasks.port, ...running },
    };
  });

  afterEach(async () => {
    target.closeAllConnections();
    target.close();
    await Promise.all([firestore.close(), cloudTasks.close()]);
    rmSync(folder, { recursive: true });
  });

  async function createTask(scheduleTimeMs?: number): Promise<void> {
    const client = createTasksClient(cloudTasks.port);
    await client.createTask({
      parent: client.queuePath(PROJECT, LOCATION, 'q'),
      task: {
        httpRequest: { url: `http://127.0.0.1:${(target.address() as AddressInfo).port}/` },
        ...(scheduleTimeMs !== undefined && {
          scheduleTime: { seconds: Math.ceil(scheduleTimeMs / 1_000) },
        }),
      },
    });
    await client.close();
  }

  it('moves all clocks by the same', async () => {
    const clock = new StackClock(folder);
    await clock.advance(HOUR_MS, followers);
    await clock.advance(HOUR_MS, followers);
    assert.equal(clock.clock.offsetMs, 2 * HOUR_MS);
    assert.equal(firestore.clock.offsetMs, 2 * HOUR_MS);
    assert.equal(cloudTasks.clock.offsetMs, 2 * HOUR_MS);
  });

  it('makes what is due by then happen', async () => {
    const clock = new StackClock(folder);
    await createTask(Date.now() + HOUR_MS);
    const dispatched = once(target, 'dispatched', { signal: AbortSignal.timeout(30_000) });
    await clock.advance(HOUR_MS + 60_000, followers);
    await dispatched;
  });

  it('remembers the offset, and sets what starts later to it', async () => {
    await new StackClock(folder).advance(HOUR_MS, followers);
    const clock = new StackClock(folder);
    assert.equal(clock.clock.offsetMs, HOUR_MS);
    const late = await startFirestoreEmulator({ port: 0 });
    await clock.set(late.port);
    assert.equal(late.clock.offsetMs, HOUR_MS);
    await late.close();
  });

  it('waits until open dispatches have ended', async () => {
    const clock = new StackClock(folder);
    const dispatched = once(target, 'dispatched');
    await createTask();
    await dispatched;
    const moved = clock.advance(HOUR_MS, followers);
    // The hold is in effect by the time another one is.
    const hold = await holdDispatches(cloudTasks.port);
    assert.equal(clock.clock.offsetMs, 0);
    assert.equal(firestore.clock.offsetMs, 0);
    openRequests[0]?.end();
    hold.release();
    await moved;
    assert.equal(firestore.clock.offsetMs, HOUR_MS);
  });

  it('tries again where an emulator was being started again', async () => {
    const clock = new StackClock(folder);
    const asked: number[] = [];
    const restarting = {
      name: 'Firestore',
      whenReady: async () => {
        asked.push(asked.length);
      },
      // Nothing listens on it the first time.
      get port() {
        return asked.length === 1 ? 1 : firestore.port;
      },
    };
    await clock.advance(HOUR_MS, { ...followers, usedByTasks: [restarting] });
    assert.equal(asked.length, 2);
    assert.equal(firestore.clock.offsetMs, HOUR_MS);
  });
});
