import assert from 'node:assert/strict';
import { findFreePort } from '@waybill/emulator-kit';
import { startFirestoreEmulator } from '@waybill/firestore-emulator';
import { refusedServiceProcess, runServiceProcess } from '@waybill/service-kit/testing';

const main = new URL('./main.ts', import.meta.url);

describe('main.ts', () => {
  const settings = async (firestorePort: number) => ({
    PORT: String(await findFreePort()),
    GOOGLE_CLOUD_PROJECT: 'demo',
    TASKS_LOCATION: 'us-central1',
    FIRESTORE_EMULATOR_HOST: `127.0.0.1:${firestorePort}`,
    CLOUD_TASKS_EMULATOR_HOST: '127.0.0.1:9',
  });

  it('serves, and ends well within 10 s of SIGTERM', async () => {
    const firestore = await startFirestoreEmulator({ port: 0 });
    try {
      const exit = await runServiceProcess(main, await settings(firestore.port), async ({ url }) => {
        assert.equal((await fetch(`${url}/_ah/warmup`)).status, 200);
      });
      assert.deepEqual(exit, [0, null]);
    } finally {
      await firestore.close();
    }
  });

  it('ends as well though Firestore is away', async () => {
    const environment = { ...(await settings(await findFreePort())), STORE_TIMEOUT_MS: '100' };
    const exit = await runServiceProcess(main, environment, async ({ url }) => {
      assert.equal((await fetch(`${url}/api/products`)).status, 503);
    });
    assert.deepEqual(exit, [0, null]);
  });

  it('refuses to start with bad settings, naming them', async () => {
    const { code, errorText } = await refusedServiceProcess(main, { PORT: '0' });
    assert.equal(code, 1);
    assert.match(errorText, /PORT must be .*; GOOGLE_CLOUD_PROJECT is required; TASKS_LOCATION is required/);
  });
});
