import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { findFreePort } from '@waybill/emulator-kit';
import { startFirestoreEmulator } from '@waybill/firestore-emulator';

const main = fileURLToPath(new URL('./main.ts', import.meta.url));

/** What beside its settings tells a worker where it is. */
const PLACES = {
  'outside App Engine': { GAE_VERSION: 'v1' },
  'on Cloud Run': {
    K_SERVICE: 'worker',
    K_REVISION: 'worker-00001',
    TASK_TARGET: 'http',
    WORKER_URL: 'https://worker.example',
    TASK_SERVICE_ACCOUNT: 'tasks@demo.iam.gserviceaccount.com',
    TASK_TOKEN_SIGNATURE: 'cloud-run',
  },
};

describe('main.ts', () => {
  for (const [where, settings] of Object.entries(PLACES))
    it(`serves, trusts no task headers ${where}, and ends well within 10 s of SIGTERM`, async () => {
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
          STRIPE_API_KEY: 'sk_test_main',
          STRIPE_API_BASE: 'http://127.0.0.1:9',
          SMTP_URL: 'smtp://127.0.0.1:9',
          MAIL_FROM: 'orders@waybill.example',
          WAREHOUSE_URL: 'http://127.0.0.1:9',
          WAREHOUSE_SECRET: 'whsec_main_0123456789',
          ...settings,
        },
        stdio: ['ignore', 'pipe', 'inherit'],
      });
      try {
        const exited = once(child, 'exit');
        for await (const text of createInterface({ input: child.stdout })) {
          const { message, port, serviceContext } = JSON.parse(text);
          if (message !== 'listening') continue;
          const version = where === 'on Cloud Run' ? 'worker-00001' : 'v1';
          assert.deepEqual(serviceContext, { service: 'worker', version });
          const url = `http://127.0.0.1:${port}`;
          assert.equal((await fetch(`${url}/_ah/warmup`)).status, 200);
          const forged = await fetch(`${url}/tasks/charge-payment/v1`, {
            method: 'POST',
            headers: {
              'X-AppEngine-TaskName': 'forged',
              'X-AppEngine-QueueName': 'payments',
              'X-CloudTasks-TaskName': 'forged',
              'X-CloudTasks-QueueName': 'payments',
            },
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
