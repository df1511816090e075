import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { startFirestoreEmulator } from '@waybill/firestore-emulator';

const main = fileURLToPath(new URL('./main.ts', import.meta.url));

describe('main.ts', () => {
  it('serves, trusts no task headers outside App Engine, and ends well within 10 s of SIGTERM', async () => {
    const firestore = await startFirestoreEmulator({ port: 0 });
    const child = spawn(process.execPath, [main], {
      env: {
        PATH: process.env['PATH'],
        METADATA_SERVER_DETECTION: 'none',
        PORT: String(await freePort()),
        GOOGLE_CLOUD_PROJECT: 'demo',
        TASKS_LOCATION: 'us-central1',
        FIRESTORE_EMULATOR_HOST: `127.0.0.1:${firestore.port}`,
        CLOUD_TASKS_EMULATOR_HOST: '127.0.0.1:9',
        STRIPE_API_KEY: 'sk_test_main',
        STRIPE_API_BASE: 'http://127.0.0.1:9',
        SMTP_URL: 'smtp://127.0.0.1:9',
        MAIL_FROM: 'orders@waybill.example',
        WAREHOUSE_URL: 'http://127.0.0.1:9',
        WAREHOUSE_SECRET: 'whsec_main_0123456789',
      },
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    try {
      const exited = once(child, 'exit');
      for await (const text of createInterface({ input: child.stdout })) {
        const { message, port } = JSON.parse(text);
        if (message !== 'listening') continue;
        const url = `http://127.0.0.1:${port}`;
        assert.equal((await fetch(`${url}/_ah/warmup`)).status, 200);
        const forged = await fetch(`${url}/tasks/charge-payment/v1`, {
          method: 'POST',
          headers: { 'X-AppEngine-TaskName': 'forged', 'X-AppEngine-QueueName': 'payments' },
        });
        assert.equal(forged.status, 403);
        child.kill('SIGTERM');
      }
      assert.deepEqual(await exited, [0, null]);
    } finally {
      child.kill('SIGKILL');
      await firestore.close();
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
    assert.match(text, /PORT must be .*; GOOGLE_CLOUD_PROJECT is required; .*STRIPE_API_KEY is required/);
  });
});

async function freePort(): Promise<number> {
  const server = createServer();
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  return port;
}
