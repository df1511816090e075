import assert from 'node:assert/strict';
import { once } from 'node:events';
import type http from 'node:http';
import type { AddressInfo } from 'node:net';
import { PassThrough } from 'node:stream';
import { Router } from '@koa/router';
import { LogSink } from '../../test/log-sink.ts';
import { createLogger } from '../logging/logger.ts';
import { createService, type ServiceOptions, type ServiceState } from './create-service.ts';
import { ServiceError } from './service-error.ts';

describe('createService()', () => {
  let sink: LogSink;
  let server: http.Server | undefined;
  let url: string;

  beforeEach(() => {
    sink = new LogSink();
  });

  afterEach(async () => {
    if (!server) return;
    server.closeAllConnections();
    server.close();
    await once(server, 'close');
    server = undefined;
  });

  async function start(
    routes: (router: Router<ServiceState>) => void = () => {},
    options: Partial<ServiceOptions> = {},
  ): Promise<void> {
    const logger = createLogger({
      level: 'debug',
      service: 's',
      version: 'v',
      project: 'demo',
      destination: sink,
    });
    const app = createService({ logger, ...options });
    const router = new Router<ServiceState>();
    routes(router);
    app.use(router.routes()).use(router.allowedMethods());
    server = app.listen(0, '127.0.0.1');
    await once(server, 'listening');
    url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  }

  async function problem(path: string, init?: RequestInit): Promise<Record<string, unknown>> {
    const response = await fetch(url + path, init);
    assert.equal(response.headers.get('content-type'), 'application/problem+json');
    assert.equal(response.headers.get('cache-control'), 'no-store');
    const document = (await response.json()) as Record<string, unknown>;
    assert.equal(document['status'], response.status);
    return document;
  }

  describe('errors', () => {
    it('answers a ServiceError with its problem document and headers, logged once as refused', async () => {
      await start((router) =>
        router.get('/orders', async () => {
          throw new ServiceError({
            code: 'ORDERS_LIMITED',
            status: 429,
            message: 'Too many orders',
            retryAfterSeconds: 7,
            problem: { limit: 3 },
          });
        }),
      );
      const response = await fetch(`${url}/orders?email=me`);
      assert.equal(response.headers.get('retry-after'), '7');
      assert.deepEqual(await response.json(), {
        type: 'about:blank',
        title: 'Too Many Requests',
        status: 429,
        detail: 'Too many orders',
        code: 'ORDERS_LIMITED',
        retryable: true,
        instance: '/orders',
        limit: 3,
      });
      assert.partialDeepStrictEqual(await sink.waitFor('request refused'), {
        severity: 'INFO',
        code: 'ORDERS_LIMITED',
        httpRequest: { requestUrl: '/orders', status: 429 },
      });
      assert.equal(sink.lines.length, 1);
    });

    it('logs a 403 as a warning with its reason and the claimed identity, bounded and printable', async () => {
      await start((router) =>
        router.get('/secret', () => {
          throw new ServiceError({
            code: 'NOT_YOURS',
            status: 403,
            message: 'The token is of\n\u001b[2Jsomebody else',
            detail: 'Go away',
            claimedIdentity: `eve@example.com\u202e${'x'.repeat(1_000)}`,
          });
        }),
      );
      const document = await problem('/secret');
      assert.equal(document['detail'], 'Go away');
      assert.doesNotMatch(JSON.stringify(document), /eve@/);
      const line = await sink.waitFor('request refused');
      assert.partialDeepStrictEqual(line, {
        severity: 'WARNING',
        code: 'NOT_YOURS',
        reason: 'The token is of\\u{a}\\u{1b}[2Jsomebody else',
      });
      assert.match(String(line['claimedIdentity']), /^eve@example\.com\\u\{202e\}x{284}… \(cut\)$/);
      assert.equal(sink.lines.length, 1);
    });

    it('logs a 403 that a page explains as one that a problem document explains', async () => {
      await start((router) =>
        router.get('/page', (ctx) => {
          ctx.state.shownError = new ServiceError({ code: 'ROLE', status: 403, message: 'Only look' });
          ctx.status = 403;
          ctx.body = '<p>Only look</p>';
        }),
      );
      assert.equal((await fetch(`${url}/page`)).status, 403);
      const line = await sink.waitFor('request refused');
      const { severity, code, reason, claimedIdentity } = line as Record<string, unknown>;
      assert.deepEqual(
        { severity, code, reason, claimedIdentity },
        { severity: 'WARNING', code: 'ROLE', reason: 'Only look', claimedIdentity: 'none' },
      );
    });

    it('answers an unknown error with INTERNAL, shows nothing of it, and logs it once with its stack', async () => {
      await start((router) =>
        router.get('/boom', (ctx) => {
          ctx.set('Content-Encoding', 'gzip'); // of the answer that never came
          throw new Error('password is hunter2');
        }),
      );
      const document = await problem('/boom');
      assert.equal(document['code'], 'INTERNAL');
      assert.doesNotMatch(JSON.stringify(document), /hunter2|create-service/);
      const line = await sink.waitFor('request failed');
      assert.equal(line['severity'], 'ERROR');
      assert.equal(line.error?.message, 'password is hunter2');
      assert.match(String(line['stack_trace']), /create-service\.test\.ts/);
      assert.equal(sink.lines.length, 1);
    });

    it('logs a 503 as a warning', async () => {
      await start((router) =>
        router.get('/', () => {
          throw new ServiceError({ code: 'LEDGER_AWAY', status: 503, message: 'Firestore is away' });
        }),
      );
      assert.equal((await problem('/'))['code'], 'LEDGER_AWAY');
      assert.equal((await sink.waitFor('request failed'))['severity'], 'WARNING');
    });

    it('survives a handler that throws no error', async () => {
      await start((router) =>
        router.get('/', () => {
          throw undefined;
        }),
      );
      assert.equal((await problem('/'))['code'], 'INTERNAL');
    });

    it('answers an unknown path with 404 NOT_FOUND', async () => {
      await start();
      assert.equal((await problem('/nowhere'))['code'], 'NOT_FOUND');
    });

    it('answers a method that the path does not take with 405 and Allow', async () => {
      await start((router) => router.post('/orders', (ctx) => (ctx.body = 'ok')));
      const response = await fetch(`${url}/orders`);
      assert.equal(response.status, 405);
      assert.equal(response.headers.get('allow'), 'POST');
      assert.partialDeepStrictEqual(await response.json(), {
        code: 'METHOD_NOT_ALLOWED',
        detail: '/orders does not take GET, only POST',
      });
    });

    it('leaves a handler its own answer of 4xx', async () => {
      await start((router) =>
        router.get('/', (ctx) => {
          ctx.status = 404;
          ctx.body = { own: true };
        }),
      );
      assert.deepEqual(await (await fetch(url)).json(), { own: true });
    });

    it('answers HEAD without a body', async () => {
      await start();
      const response = await fetch(`${url}/nowhere`, { method: 'HEAD' });
      assert.equal(response.status, 404);
      assert.equal(await response.text(), '');
    });

    it('cuts off an answer that fails half-way, so that nobody takes it for whole', async () => {
      await start((router) =>
        router.get('/', (ctx) => {
          ctx.respond = false;
          ctx.res.write('half');
          throw new Error('the other half is missing');
        }),
      );
      const response = await fetch(url);
      await assert.rejects(response.text());
      assert.equal((await sink.waitFor('request failed')).error?.message, 'the other half is missing');
      assert.equal(sink.of('request failed').length, 1);
    });

    it('logs why a streamed answer broke off', async () => {
      await start((router) =>
        router.get('/', (ctx) => {
          const stream = new PassThrough();
          stream.write('half');
          ctx.body = stream;
          ctx.res.once('pipe', () => setImmediate(() => stream.destroy(new Error('disk gone'))));
        }),
      );
      await assert.rejects(fetch(url).then((response) => response.text()));
      assert.equal((await sink.waitFor('response not sent whole')).error?.message, 'disk gone');
      await sink.waitFor('request broken off');
    });
  });

  describe('log and trace', () => {
    it('logs a request once, after its answer, with the latency and without the query', async () => {
      let nowMs = 1_000;
      await start(
        (router) =>
          router.get('/slow', (ctx) => {
            nowMs += 250;
            ctx.body = 'ok';
          }),
        { clockNowMs: () => nowMs },
      );
      await (await fetch(`${url}/slow?email=me@example.com`, { headers: { 'User-Agent': 'test' } })).text();
      const { time, ...line } = await sink.waitFor('request handled');
      assert.ok(time);
      assert.partialDeepStrictEqual(line, {
        severity: 'INFO',
        httpRequest: {
          requestMethod: 'GET',
          requestUrl: '/slow',
          status: 200,
          latency: '0.25s',
          userAgent: 'test',
        },
      });
      assert.equal(sink.lines.length, 1);
      assert.doesNotMatch(JSON.stringify(sink.lines), /example\.com/);
    });

    it("gives handlers a logger and a trace that are the request's", async () => {
      await start((router) =>
        router.get('/', (ctx) => {
          ctx.state.logger.info('inside');
          ctx.body = ctx.state.trace.traceparent;
        }),
      );
      const traceparent = '00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01';
      assert.equal(await (await fetch(url, { headers: { traceparent } })).text(), traceparent);
      const trace = 'projects/demo/traces/4bf92f3577b34da6a3ce929d0e0e4736';
      assert.equal((await sink.waitFor('inside'))['logging.googleapis.com/trace'], trace);
      assert.equal((await sink.waitFor('request handled'))['logging.googleapis.com/trace'], trace);
    });
  });

  it('logs neither an address nor a token in a path or a User-Agent', async () => {
    await start();
    // Some programs escape the question mark of a link.
    for (const path of ['/orders/05dc%3Ftoken=2026-12.aB_-9', '/mails/ada%40privacy.example']) {
      const headers = { 'User-Agent': 'Crawler/1.0 (ada@privacy.example)' };
      assert.equal((await fetch(url + path, { headers })).status, 404);
    }
    const lines = sink.lines.map(({ httpRequest }) => httpRequest as Record<string, unknown>);
    assert.deepEqual(
      lines.map(({ requestUrl, userAgent }) => [requestUrl, userAgent]),
      [
        ['/orders/05dc%3Ftoken=<token>', 'Crawler/1.0 (<address>)'],
        ['/mails/<address>', 'Crawler/1.0 (<address>)'],
      ],
    );
  });

  describe('health routes', () => {
    for (const [path, status] of [
      ['/healthz', 'alive'],
      ['/readyz', 'ready'],
      ['/_ah/warmup', 'warm'],
      ['/_ah/start', 'started'],
    ]) {
      it(`GET ${path} answers 200 and stays out of the log`, async () => {
        await start();
        const response = await fetch(url + path);
        assert.equal(response.status, 200);
        assert.equal(response.headers.get('cache-control'), 'no-store');
        assert.deepEqual(await response.json(), { status });
        assert.equal((await sink.waitFor('request handled'))['severity'], 'DEBUG');
      });
    }

    it('answers 405 to other methods', async () => {
      await start();
      assert.equal((await problem('/readyz', { method: 'POST' }))['code'], 'METHOD_NOT_ALLOWED');
    });

    it('is alive but not ready while readiness fails, and says why only in the log', async () => {
      let able = false;
      await start(undefined, {
        readiness: async () => {
          if (!able) throw new Error('no ledger at 10.0.0.7');
        },
      });
      const document = await problem('/readyz');
      assert.equal(document['code'], 'NOT_READY');
      assert.equal(document['status'], 503);
      assert.doesNotMatch(JSON.stringify(document), /10\.0\.0\.7/);
      assert.equal((await sink.waitFor('request failed')).error?.cause?.message, 'no ledger at 10.0.0.7');
      assert.equal((await fetch(`${url}/healthz`)).status, 200);
      able = true;
      assert.equal((await fetch(`${url}/readyz`)).status, 200);
    });

    it('waits for readiness a bounded time, then asks anew', async () => {
      let calls = 0;
      await start(undefined, {
        readinessTimeoutMs: 20,
        readiness: () => (++calls === 1 ? new Promise<void>(() => {}) : Promise.resolve()),
      });
      assert.equal((await problem('/readyz'))['code'], 'NOT_READY');
      assert.equal((await fetch(`${url}/readyz`)).status, 200);
    });

    it('runs one warm-up for requests that come together', async () => {
      let calls = 0;
      const arrived: (() => void)[] = [];
      await start(undefined, {
        warmup: () =>
          new Promise<void>((resolve) => {
            calls++;
            arrived.push(resolve);
          }),
      });
      let requests = 0;
      const bothArrived = new Promise<void>((resolve) => {
        server?.on('request', () => {
          if (++requests === 2) resolve();
        });
      });
      const answers = Promise.all([fetch(`${url}/_ah/warmup`), fetch(`${url}/_ah/warmup`)]);
      await bothArrived;
      for (const finish of arrived) finish();
      assert.deepEqual(
        (await answers).map((response) => response.status),
        [200, 200],
      );
      assert.equal(calls, 1);
    });

    it('answers 503 WARMUP_FAILED where the warm-up fails', async () => {
      await start(undefined, {
        warmup: () => {
          throw new Error('x'); // not even a rejected promise
        },
      });
      assert.equal((await problem('/_ah/warmup'))['code'], 'WARMUP_FAILED');
    });

    it('is not ready once the service is stopping', async () => {
      const controller = new AbortController();
      await start(undefined, { stopping: controller.signal });
      controller.abort();
      assert.equal((await problem('/readyz'))['code'], 'STOPPING');
      assert.equal((await fetch(`${url}/healthz`)).status, 200);
    });
  });
});
