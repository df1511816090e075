import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { findFreePort } from '@waybill/emulator-kit';
import { startFirestoreEmulator } from '@waybill/firestore-emulator';

const main = fileURLToPath(new URL('./main.ts', import.meta.url));

describe('main.ts', () => {
  it('serves, and ends well within 10 s of SIGTERM', async () => {
    const firestore = await startFirestoreEmulator({ port: 0 });
    const child = spawn(process.execPath, [main], {
      env: {
        PATH: process.env['PATH'],
        METADATA_SERVER_DETECTION: 'none',
        PORT: String(await findFreePort()),
        GOOGLE_CLOUD_PROJECT: 'demo',
        TASKS_LOCATION: 'us-central1',
        FIRESTORE_EMULATOR_HOST: `127.0.0.1:${firestore.port}`,
        CLOUD_TASKS_EMULATOR_HOST: '127.0.0.1:9',
      },
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    try {
      const exited = once(child, 'exit');
      for await (const text of createInterface({ input: child.stdout })) {
        const { message, port } = JSON.parse(text);
        if (message !== 'listening') continue;
        assert.equal((await fetch(`http://127.0.0.1:${port}/_ah/warmup`)).status, 200);
        child.kill('SIGTERM');
      }
      assert.deepEqual(await exited, [0, null]);
    } finally {
      child.kill('SIGKILL');
      await firestore.close();
    }
  });

  it('ends as well though Firestore is away', async () => {
    const child = spawn(process.execPath, [main], {
      env: {
        PATH: process.env['PATH'],
        METADATA_SERVER_DETECTION: 'none',
        PORT: String(await findFreePort()),
        GOOGLE_CLOUD_PROJECT: 'demo',
        TASKS_LOCATION: 'us-central1',
        FIRESTORE_EMULATOR_HOST: `127.0.0.1:${await findFreePort()}`,
        CLOUD_TASKS_EMULATOR_HOST: '127.0.0.1:9',
        STORE_TIMEOUT_MS: '100',
      },
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    try {
      const exited = once(child, 'exit');
      for await (const text of createInterface({ input: child.stdout })) {
        const { message, port } = JSON.parse(text);
        if (message !== 'listening') continue;
        assert.equal((await fetch(`http://127.0.0.1:${port}/api/products`)).status, 503);
        child.kill('SIGTERM');
      }
      assert.deepEqual(await exited, [0, null]);
    } finally {
      child.kill('SIGKILL');
    }
  });

  it('refuses to start with bad settings, naming them', async () => {
    const child = spawn(process.execPath, [main], {
      env: { PORT: '0' },
      stdio: ['ignore', 'ignore', 'pipe'],
    });
    const exited = once(child, 'exit');
    const text = (await child.stderr.toArray()).join('');
    assert.equal((await exited)[0], 1);
    assert.match(text, /PORT must be .*; GOOGLE_CLOUD_PROJECT is required; TASKS_LOCATION is required/);
  });
});
