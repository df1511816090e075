import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer, type RequestListener, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { PermanentError, RetryLaterError } from '@waybill/task-runtime';
import { WarehouseUnavailableError } from './warehouse.ts';
import { webhookSignature } from './webhook-signature.ts';
import { createWebhookWarehouse } from './webhook-warehouse.ts';

const { signal } = new AbortController();
const secret = 'whsec_test_0123456789abcdef';
const order = { orderId: '5f0c1d9a7b3e42868c1f2d3e4a5b6c7d', items: [] };

describe('webhookSignature()', () => {
  it('is the example of docs/warehouse-webhook.md', () => {
    assert.equal(
      webhookSignature('whsec_example', '1767261600', '{"orderId":"5f0c1d9a7b3e42868c1f2d3e4a5b6c7d"}'),
      'v1=dc113654f7af8ac0fd962d7c3dc9decccdd575ce5bf1d342854ddcf83a4c257c',
    );
  });
});

describe('createWebhookWarehouse()', () => {
  const servers: Server[] = [];
  afterEach(() => {
    for (const server of servers.splice(0)) {
      server.closeAllConnections();
      server.close();
    }
  });

  async function warehouseAt(listener: RequestListener) {
    const server = createServer(listener);
    servers.push(server);
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    const { port } = server.address() as AddressInfo;
    const url = new URL(`http://127.0.0.1:${port}/orders`);
    return createWebhookWarehouse({ url, secret, nowMs: () => 1_767_261_600_999, timeoutMs: 200 });
  }

  it('posts the order with its key, the time in seconds and the signature of both', async () => {
    let seen: { headers: Record<string, unknown>; body: string } | undefined;
    const warehouse = await warehouseAt(async (request, response) => {
      let body = '';
      for await (const chunk of request) body += chunk;
      seen = { headers: request.headers, body };
      response.writeHead(204).end();
    });
    await warehouse.tell(order, 'key-1', signal);
    assert.equal(seen?.body, `{"type":"order.confirmed","orderId":"${order.orderId}","items":[]}`);
    assert.equal(seen?.headers['content-type'], 'application/json');
    assert.equal(seen?.headers['idempotency-key'], 'key-1');
    assert.equal(seen?.headers['waybill-timestamp'], '1767261600');
    assert.equal(
      seen?.headers['waybill-signature'],
      webhookSignature(secret, '1767261600', seen?.body ?? ''),
    );
  });

  for (const status of [400, 401, 404, 409, 422, 301, 307]) {
    it(`takes ${status} for a refusal, and follows nobody`, async () => {
      let calls = 0;
      const warehouse = await warehouseAt((_request, response) => {
        calls += 1;
        response.writeHead(status, { Location: '/elsewhere' }).end();
      });
      await assert.rejects(
        warehouse.tell(order, 'key-1', signal),
        (error) => error instanceof PermanentError && error.code === 'WAREHOUSE_REFUSED',
      );
      assert.equal(calls, 1);
    });
  }

  it('waits for as long as it is asked to, from ten seconds up to an hour', async () => {
    for (const [asked, seconds] of [
      ['0', 10],
      ['120', 120],
      ['86400', 3_600],
    ] as const) {
      const warehouse = await warehouseAt((_request, response) =>
        response.writeHead(429, { 'Retry-After': asked }).end(),
      );
      await assert.rejects(
        warehouse.tell(order, 'key-1', signal),
        (error) => error instanceof RetryLaterError && error.retryAfterSeconds === seconds,
      );
    }
  });

  it('gives up on an answer that does not come, and on a connection that is cut', async () => {
    const silent = await warehouseAt(() => {});
    await assert.rejects(silent.tell(order, 'key-1', signal), WarehouseUnavailableError);
    const cutting = await warehouseAt((request) => request.socket.destroy());
    await assert.rejects(cutting.tell(order, 'key-1', signal), WarehouseUnavailableError);
  });

  it('lets the attempt’s own end through', async () => {
    const abort = new AbortController();
    const warehouse = await warehouseAt(() => abort.abort(new Error('stopping')));
    await assert.rejects(warehouse.tell(order, 'key-1', abort.signal), { message: 'stopping' });
  });
});
