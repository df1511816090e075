import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { smokePaths, smokeTest } from './smoke-test.ts';

describe('smokeTest()', () => {
  let server: Server;
  let statuses: number[];
  let headers: Record<string, string>;
  const asked: string[] = [];

  beforeEach(async () => {
    asked.length = 0;
    headers = {};
    server = createServer((request, response) => {
      asked.push(request.url ?? '');
      response.writeHead(statuses.shift() ?? 200, headers).end();
    }).listen(0, '127.0.0.1');
    await once(server, 'listening');
  });
  afterEach(() => {
    server.close();
    server.closeAllConnections();
  });
  const url = () => `http://127.0.0.1:${(server.address() as AddressInfo).port}`;

  it('asks again while the new address is not known yet', async () => {
    statuses = [404, 503, 200, 200];
    assert.equal(await smokeTest(url(), ['/readyz', '/x'], { pauseMs: 1 }), 'serves');
    assert.deepEqual(asked, ['/readyz', '/readyz', '/readyz', '/x']);
  });

  it('gives up in time, naming the path and its answer', async () => {
    statuses = [302];
    await assert.rejects(
      smokeTest(url(), ['/readyz'], { timeoutMs: 0 }),
      /\/readyz must answer 200, got 302 for 0 ms/,
    );
  });

  it('tells where Identity-Aware Proxy answers instead; any other redirect is a failure', async () => {
    statuses = [302];
    headers = { 'X-Goog-IAP-Generated-Response': 'true' };
    assert.equal(await smokeTest(url(), ['/readyz'], { timeoutMs: 0 }), 'behind-iap');
  });

  it('asks the front for more than the others', () => {
    assert.deepEqual(smokePaths('console'), ['/readyz']);
    assert.ok(smokePaths('default').includes('/api/products'));
  });
});
