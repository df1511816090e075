import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { MovableClock } from '@waybill/emulator-kit';
import {
  type ControlServer,
  newControlToken,
  readControlAddress,
  startControlServer,
} from './control-server.ts';

describe('startControlServer()', () => {
  let dataDir: string;
  let control: ControlServer;
  let advances: number[];
  let failure: Error | undefined;
  let killed: string[];

  beforeEach(async () => {
    dataDir = mkdtempSync(join(tmpdir(), 'control-'));
    advances = [];
    failure = undefined;
    killed = [];
    const clock = new MovableClock({ systemNowMs: () => 1_000 });
    control = await startControlServer({
      dataDir,
      clock,
      async advance(advanceMs) {
        if (failure !== undefined) throw failure;
        advances.push(advanceMs);
        clock.setOffset(clock.offsetMs + advanceMs);
      },
      allowHosts: [],
      port: 0,
      token: newControlToken(),
      processes: ['worker', 'mailbox'],
      async kill(name) {
        killed.push(name);
      },
      services: () => [{ service: 'worker', version: 'v1', trafficShare: 1, instances: [] }],
      mails: async () => [],
    });
  });

  afterEach(async () => {
    await control.close();
    rmSync(dataDir, { recursive: true });
  });

  async function call(method: string, path: string, options: { body?: unknown; token?: string } = {}) {
    const { url, token } = readControlAddress(dataDir);
    const response = await fetch(url + path, {
      method,
      headers: { authorization: `Bearer ${options.token ?? token}` },
      ...(options.body !== undefined && { body: JSON.stringify(options.body) }),
    });
    return { status: response.status, answer: (await response.json()) as Record<string, unknown> };
  }

  it('kills the processes that it lists, and no others', async () => {
    const { answer } = await call('GET', '/emulator/stack');
    assert.deepEqual(answer['processes'], ['worker', 'mailbox']);
    const kill = (name: unknown) => call('POST', '/emulator/process:kill', { body: { name } });
    assert.equal((await kill('worker')).status, 200);
    for (const name of ['init', '', 1, undefined]) {
      const refused = await kill(name);
      assert.equal(refused.status, 400);
      assert.equal(refused.answer['code'], 'BAD_PROCESS');
    }
    assert.deepEqual(killed, ['worker']);
  });

  it('tells how the services’ instances stand', async () => {
    assert.deepEqual((await call('GET', '/emulator/stack')).answer['services'], [
      { service: 'worker', version: 'v1', trafficShare: 1, instances: [] },
    ]);
  });

  it('shows the mails', async () => {
    assert.deepEqual((await call('GET', '/emulator/mails')).answer, { mails: [] });
  });

  it('moves the clock', async () => {
    assert.deepEqual(await call('POST', '/emulator/clock:advance', { body: { advanceMs: 60_000 } }), {
      status: 200,
      answer: { now: '1970-01-01T00:01:01.000Z', offsetMs: 60_000 },
    });
    assert.deepEqual(advances, [60_000]);
    assert.equal((await call('GET', '/emulator/clock')).answer['offsetMs'], 60_000);
  });

  for (const advanceMs of [0, -1, 1.5, '60000', undefined, 367 * 86_400_000]) {
    it(`refuses to move it by ${advanceMs}`, async () => {
      const { status, answer } = await call('POST', '/emulator/clock:advance', { body: { advanceMs } });
      assert.equal(status, 400);
      assert.equal(answer['code'], 'BAD_ADVANCE');
      assert.deepEqual(advances, []);
    });
  }

  it('tells why it was not moved', async () => {
    failure = new Error('tasks were still running');
    const { status, answer } = await call('POST', '/emulator/clock:advance', { body: { advanceMs: 1 } });
    assert.equal(status, 503);
    assert.equal(answer['title'], 'tasks were still running');
  });

  it('lets nobody set the offset past the emulators', async () => {
    assert.equal((await call('PUT', '/emulator/clock', { body: { offsetMs: 5 } })).status, 405);
  });

  it('answers nobody without the token', async () => {
    for (const token of ['', 'x', `${control.address.token}x`]) {
      assert.equal((await call('GET', '/emulator/clock', { token })).status, 401);
    }
  });

  it('keeps its address where only this user can read it, as long as it runs', async () => {
    assert.equal(statSync(join(dataDir, 'control.json')).mode & 0o777, 0o600);
    await control.close();
    assert.throws(() => readControlAddress(dataDir), /No stack runs on the folder/);
  });

  it('leaves the address of a stack that took its place', async () => {
    const other = { url: 'http://127.0.0.1:1', token: newControlToken() };
    writeFileSync(join(dataDir, 'control.json'), JSON.stringify(other));
    await control.close();
    assert.deepEqual(readControlAddress(dataDir), other);
  });
});
