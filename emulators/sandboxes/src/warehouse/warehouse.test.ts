import assert from 'node:assert/strict';
import { createHmac } from 'node:crypto';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { request as httpRequest } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startWarehouse, type Warehouse } from './warehouse.ts';

const secret = 'whsec_test_0123456789abcdef';
const nowSeconds = 1_767_261_600;
const body = JSON.stringify({
  type: 'order.confirmed',
  orderId: 'o-1',
  items: [{ productId: 'p', quantity: 1 }],
});

describe('startWarehouse()', () => {
  let dataDir: string;
  let warehouse: Warehouse;
  const start = () => startWarehouse({ port: 0, secret, dataDir, nowMs: () => nowSeconds * 1_000 });
  beforeEach(async () => {
    dataDir = mkdtempSync(join(tmpdir(), 'waybill-warehouse-'));
    warehouse = await start();
  });
  afterEach(async () => {
    await warehouse.close();
    rmSync(dataDir, { recursive: true, force: true });
  });

  async function tell(change: { timestamp?: number; secret?: string; body?: string; key?: string } = {}) {
    const timestamp = change.timestamp ?? nowSeconds;
    const digest = createHmac('sha256', change.secret ?? secret)
      .update(`${timestamp}.${body}`)
      .digest('hex');
    const response = await fetch(warehouse.url, {
      method: 'POST',
      headers: {
        'Idempotency-Key': change.key ?? 'key-1',
        'Waybill-Timestamp': String(timestamp),
        'Waybill-Signature': `v1=${digest}`,
      },
      body: change.body ?? body,
    });
    await response.text();
    return response.status;
  }

  for (const [target, status] of [
    ['//', 404],
    ['//evil.example/shipments', 404],
    ['*', 400],
    ['localhost:80', 400],
  ] as const) {
    it(`answers ${status} to the request target ${target}`, async () => {
      const request = httpRequest({ host: '127.0.0.1', port: warehouse.port, path: target, agent: false });
      const [response] = await once(request.end(), 'response');
      response.resume();
      assert.equal(response.statusCode, status);
    });
  }

  it('keeps what it is told, once for each key, over a restart too', async () => {
    assert.equal(await tell(), 201);
    assert.equal(await tell(), 200);
    assert.equal(await tell({ key: 'key-2' }), 201);
    await warehouse.close();
    warehouse = await start();
    assert.equal(await tell(), 200);
    const listed = (await (await fetch(warehouse.url)).json()) as { data: unknown };
    assert.deepEqual(listed.data, warehouse.shipments());
    assert.deepEqual(
      warehouse.shipments().map(({ orderId, timesTold }) => [orderId, timesTold]),
      [
        ['o-1', 3],
        ['o-1', 1],
      ],
    );
  });

  it('takes nothing that is signed otherwise, changed on the way, or old', async () => {
    assert.equal(await tell({ secret: 'whsec_other' }), 401);
    assert.equal(await tell({ body: body.replace('o-1', 'o-2') }), 401);
    assert.equal(await tell({ timestamp: nowSeconds - 301 }), 401);
    assert.equal(await tell({ timestamp: nowSeconds - 299 }), 201);
    assert.equal((await fetch(warehouse.url, { method: 'POST', body })).status, 401);
    assert.equal(warehouse.shipments().length, 1);
  });

  it('takes nothing once its folder was removed', async () => {
    rmSync(dataDir, { recursive: true });
    assert.equal(await tell(), 500);
    assert.match((await warehouse.dataGone).message, /shipments\.sqlite was removed/);
  });

  it('answers what it is told to, and takes nothing meanwhile', async () => {
    const answer = async (status: number | null) =>
      fetch(new URL('/emulator/answer', warehouse.url), {
        method: 'PUT',
        headers: { 'Content-Type': 'application/json' },
        body: JSON.stringify({ status }),
      });
    assert.equal((await answer(503)).status, 200);
    assert.equal(await tell(), 503);
    assert.deepEqual(warehouse.shipments(), []);
    assert.equal((await answer(99)).status, 400);
    await answer(null);
    assert.equal(await tell(), 201);
  });
});
