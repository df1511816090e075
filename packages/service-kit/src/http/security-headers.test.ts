import assert from 'node:assert/strict';
import { startTestServer, type TestServer } from '../../test/index.ts';
import { createLogger } from '../logging/logger.ts';
import { createService } from './create-service.ts';
import { addSecurityHeaders } from './security-headers.ts';

describe('addSecurityHeaders()', () => {
  let server: TestServer;
  before(async () => {
    const logger = createLogger({ service: 's', version: 'v', destination: { write() {} } });
    const app = createService({ logger });
    addSecurityHeaders(app, { 'Referrer-Policy': 'no-referrer', 'X-Frame-Options': 'DENY' });
    app.use((ctx) => {
      if (ctx.path === '/broken') throw new Error('broken');
      if (ctx.path !== '/page') return;
      ctx.set({ 'Referrer-Policy': 'same-origin', 'Cache-Control': 'no-cache' });
      ctx.body = 'page';
    });
    server = await startTestServer(app.callback());
  });
  after(() => server.close());

  for (const [path, status, referrerPolicy, cacheControl] of [
    ['/page', 200, 'same-origin', 'no-cache'],
    ['/unknown', 404, 'no-referrer', 'no-store'],
    ['/broken', 500, 'no-referrer', 'no-store'],
  ] as const) {
    it(`sets what the route did not set, with status ${status}`, async () => {
      const response = await fetch(`${server.url}${path}`);
      assert.equal(response.status, status);
      assert.equal(response.headers.get('Referrer-Policy'), referrerPolicy);
      assert.equal(response.headers.get('Cache-Control'), cacheControl);
      assert.equal(response.headers.get('X-Frame-Options'), 'DENY');
      assert.equal(response.headers.get('X-Content-Type-Options'), 'nosniff');
      assert.equal(response.headers.get('Cross-Origin-Opener-Policy'), 'same-origin');
      assert.match(response.headers.get('Permissions-Policy') ?? '', /camera=\(\), .*payment=\(\)$/);
      assert.equal(response.headers.get('Strict-Transport-Security'), null);
      const secure = await fetch(`${server.url}${path}`, { headers: { 'X-Forwarded-Proto': 'https' } });
      assert.equal(secure.headers.get('Strict-Transport-Security'), 'max-age=31536000');
    });
  }
});
