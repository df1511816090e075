import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { findFreePort } from '@waybill/emulator-kit';
import { startFirestoreEmulator } from '@waybill/firestore-emulator';

const main = fileURLToPath(new URL('./main.ts', import.meta.url));

describe('main.ts', () => {
  it('serves this machine alone where it is local, and ends well within 10 s of SIGTERM', async () => {
    const firestore = await startFirestoreEmulator({ port: 0 });
    const child = spawn(process.execPath, [main], {
      env: {
        PATH: process.env['PATH'],
        METADATA_SERVER_DETECTION: 'none',
        PORT: String(await findFreePort()),
        GOOGLE_CLOUD_PROJECT: 'demo',
        TASKS_LOCATION: 'us-central1',
        CONSOLE_ACCESS: 'local',
        GAE_ENV: 'standard',
        FIRESTORE_EMULATOR_HOST: `127.0.0.1:${firestore.port}`,
        CLOUD_TASKS_EMULATOR_HOST: '127.0.0.1:9',
      },
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    try {
      const exited = once(child, 'exit');
      for await (const text of createInterface({ input: child.stdout })) {
        const { message, port, host } = JSON.parse(text);
        if (message !== 'listening') continue;
        assert.equal(host ?? '127.0.0.1', '127.0.0.1');
        assert.equal((await fetch(`http://127.0.0.1:${port}/_ah/warmup`)).status, 200);
        const tasks = await fetch(`http://127.0.0.1:${port}/tasks`);
        assert.equal(tasks.status, 200);
        assert.match(await tasks.text(), /There is no such task/);
        child.kill('SIGTERM');
      }
      assert.deepEqual(await exited, [0, null]);
    } finally {
      child.kill('SIGKILL');
      await firestore.close();
    }
  });

  it('refuses to start open on App Engine', async () => {
    const child = spawn(process.execPath, [main], {
      env: {
        GOOGLE_CLOUD_PROJECT: 'demo',
        TASKS_LOCATION: 'us-central1',
        CONSOLE_ACCESS: 'local',
        GAE_ENV: 'standard',
      },
      stdio: ['ignore', 'ignore', 'pipe'],
    });
    const exited = once(child, 'exit');
    const text = (await child.stderr.toArray()).join('');
    assert.equal((await exited)[0], 1);
    assert.match(text, /CONSOLE_ACCESS may be local only where FIRESTORE_EMULATOR_HOST is an emulator/);
  });
});
