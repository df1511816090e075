import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { type HttpBindings, serve } from '@hono/node-server';
import { RESPONSE_ALREADY_SENT } from '@hono/node-server/utils/response';
import { bodyParser } from '@koa/bodyparser';
import { createLogger } from '@waybill/service-kit';
import {
  createAppEngineOriginCheck,
  createTaskListener,
  createWorker,
  defineHandler,
  type TaskListener,
} from '@waybill/task-runtime';
import { cloudTaskName } from '@waybill/task-runtime/operator';
import express from 'express';
import Fastify from 'fastify';
import fastifyRawBody from 'fastify-raw-body';
import { Hono } from 'hono';
import Koa from 'koa';
import mount from 'koa-mount';
import {
  bed,
  foldLetter,
  handle,
  letterId,
  mailLetter,
  pressLetter,
  unfoldLetter,
  useLetters,
} from '../letters.ts';

/** The lines that the listener has logged. */
const logged: Record<string, unknown>[] = [];
const logger = createLogger({
  service: 'worker',
  version: 'v1',
  destination: { write: (line) => void logged.push(JSON.parse(line) as Record<string, unknown>) },
});

/** A host of the listener that runs. */
interface Host {
  readonly url: string;
  close(): Promise<void> | void;
}
type StartHost = (createListener: (prefix?: string) => TaskListener) => Promise<Host>;

const closing = (server: Server): void => {
  server.close();
  server.closeAllConnections();
};
const listening = async (server: Server): Promise<Host> => {
  if (!server.listening) await once(server.listen(0, '127.0.0.1'), 'listening');
  const { port } = server.address() as AddressInfo;
  return { url: `http://127.0.0.1:${port}`, close: () => closing(server) };
};

/** Ways to run it, by name. Each serves the listener at `/internal`, but where its name says otherwise. */
const HOSTS: Readonly<Record<string, StartHost>> = {
  'Node’s own server': (create) => listening(createServer(create('/internal'))),
  Express: (create) => {
    const app = express();
    app.use('/internal', create());
    return listening(createServer(app));
  },
  'an Express route, which leaves the prefix in the URL': (create) => {
    const app = express();
    app.all('/internal/*path', create('/internal'));
    return listening(createServer(app));
  },
  'Express behind a body parser that keeps rawBody': (create) => {
    const app = express();
    app.use(
      express.json({
        verify: (request, _response, bytes) => void Object.assign(request, { rawBody: bytes }),
      }),
    );
    app.use('/internal', create());
    return listening(createServer(app));
  },
  Fastify: async (create) => {
    const listener = create('/internal');
    const app = Fastify();
    app.removeAllContentTypeParsers();
    app.addContentTypeParser('*', (_request, _payload, done) => done(null));
    app.all('/internal/*', (request, reply) => {
      reply.hijack();
      listener(request.raw, reply.raw);
    });
    await app.listen({ port: 0, host: '127.0.0.1' });
    return { ...(await listening(app.server)), close: () => app.close() };
  },
  'Fastify with fastify-raw-body': async (create) => {
    const listener = create('/internal');
    const app = Fastify();
    await app.register(fastifyRawBody);
    app.all('/internal/*', (request, reply) => {
      reply.hijack();
      listener(Object.assign(request.raw, { rawBody: request.rawBody }), reply.raw);
    });
    await app.listen({ port: 0, host: '127.0.0.1' });
    return { ...(await listening(app.server)), close: () => app.close() };
  },
  Hono: async (create) => {
    const listener = create('/internal');
    const app = new Hono<{ Bindings: HttpBindings }>();
    app.all('/internal/*', ({ env }) => {
      listener(env.incoming, env.outgoing);
      return RESPONSE_ALREADY_SENT;
    });
    const server = serve({ fetch: app.fetch, port: 0, hostname: '127.0.0.1' }) as Server;
    if (!server.listening) await once(server, 'listening');
    return listening(server);
  },
  Koa: (create) => {
    const listener = create();
    const inner = new Koa();
    inner.use((ctx) => {
      ctx.respond = false;
      listener(ctx.req, ctx.res);
    });
    const app = new Koa();
    app.use(mount('/internal', inner));
    return listening(createServer(app.callback()));
  },
};

const TASK_HEADERS = { 'Content-Type': 'application/json', 'X-AppEngine-QueueName': 'letters' };

describe('createTaskListener()', () => {
  useLetters();

  const create = (prefix?: string): TaskListener =>
    createTaskListener({ ...workerOptions(), logger, ...(prefix !== undefined && { prefix }) });
  const workerOptions = () => ({
    runtime: bed.runtime,
    handlers: [foldLetter, mailLetter, pressLetter, unfoldLetter].map((contract) =>
      defineHandler(contract, { handle: (payload, context) => handle(payload, context) }),
    ),
    originCheck: createAppEngineOriginCheck({ gaeEnv: 'standard', queues: bed.catalogue.queues }),
    service: 'worker',
    stopping: new AbortController().signal,
  });
  const withHost = async (start: StartHost, run: (url: string) => Promise<void>): Promise<void> => {
    const host = await start(create);
    try {
      await run(host.url);
    } finally {
      await host.close();
    }
  };
  /** A task whose delivery the test makes. */
  const enqueueLater = async (): Promise<string> => {
    const { taskId } = await bed.client.transaction(async (transaction) =>
      transaction.enqueue(foldLetter, { letterId }, { subject: `letters/${letterId}`, delaySeconds: 3_600 }),
    );
    return taskId;
  };
  const deliver = (url: string, taskId: string): Promise<Response> =>
    fetch(`${url}/tasks/fold-letter/v1`, {
      method: 'POST',
      headers: { ...TASK_HEADERS, 'X-AppEngine-TaskName': cloudTaskName(taskId, 0) },
      body: JSON.stringify({ letterId }),
    });

  for (const [name, start] of Object.entries(HOSTS)) {
    it(`does a task, sweeps, and refuses strangers in ${name}`, async () => {
      await withHost(start, async (url) => {
        const taskId = await enqueueLater();
        const response = await deliver(`${url}/internal`, taskId);
        assert.equal(response.status, 200);
        assert.equal(response.headers.get('content-type'), 'application/json; charset=utf-8');
        assert.deepEqual(await response.json(), { outcome: 'succeeded' });
        await bed.assertState(taskId, 'succeeded');
        assert.equal(
          logged.some(({ event }) => event === 'task.other-body'),
          false,
          'the body is read',
        );
        const sweep = await fetch(`${url}/internal/cron/sweep`, { headers: { 'X-Appengine-Cron': 'true' } });
        assert.equal(((await sweep.json()) as { checked: number }).checked, 0);
        const stranger = await fetch(`${url}/internal/tasks/fold-letter/v1`, { method: 'POST', body: '{}' });
        assert.equal(stranger.status, 403);
        assert.equal(stranger.headers.get('content-type'), 'application/problem+json');
        assert.equal(((await stranger.json()) as { code: string }).code, 'NOT_A_TASK_REQUEST');
        const refused = logged.findLast(({ message }) => message === 'request refused');
        assert.partialDeepStrictEqual(refused, { severity: 'WARNING', claimedIdentity: 'none' });
        assert.match(String(refused?.['reason']), /it has no X-AppEngine-TaskName/);
      });
    });
  }

  it('adopts what a task without a record brings, byte for byte, from rawBody too', async () => {
    const start = HOSTS['Express behind a body parser that keeps rawBody'];
    assert.ok(start !== undefined);
    await withHost(start, async (url) => {
      const response = await fetch(`${url}/internal/tasks/fold-letter/v1`, {
        method: 'POST',
        headers: { ...TASK_HEADERS, 'X-AppEngine-TaskName': letterId },
        body: JSON.stringify({ letterId }),
      });
      assert.equal(response.status, 200);
      assert.equal((await bed.record(`letters.${letterId}`)).payload, JSON.stringify({ letterId }));
    });
  });

  it('refuses a body that a parser has read without keeping it, and leaves the task as it was', async () => {
    const consumed: StartHost = (make) => {
      const app = express();
      app.use(express.json());
      app.use('/internal', make());
      return listening(createServer(app));
    };
    await withHost(consumed, async (url) => {
      const taskId = await enqueueLater();
      const before = await bed.record(taskId);
      const response = await deliver(`${url}/internal`, taskId);
      assert.equal(response.status, 500);
      assert.equal(((await response.json()) as { code: string }).code, 'BODY_CONSUMED');
      assert.deepEqual(await bed.record(taskId), before);
      const line = logged.findLast(({ code }) => code === 'BODY_CONSUMED');
      assert.equal(line?.['severity'], 'ERROR');
      assert.match(JSON.stringify(line), /Mount the task listener before the body parser/);
    });
  });

  it('refuses a rawBody that is a parsed object', async () => {
    const parsed: StartHost = (make) => {
      const listener = make();
      return listening(
        createServer((request, response) => listener(Object.assign(request, { rawBody: {} }), response)),
      );
    };
    await withHost(parsed, async (url) => {
      const response = await deliver(url, await enqueueLater());
      assert.equal(((await response.json()) as { code: string }).code, 'BODY_CONSUMED');
    });
  });

  it('leaves other paths to the framework that it is a part of', async () => {
    const atRoot: StartHost = (make) => {
      const app = express();
      app.use(make());
      app.get('/', (_request, response) => void response.send('the shop'));
      return listening(createServer(app));
    };
    await withHost(atRoot, async (url) => {
      assert.equal(await (await fetch(url)).text(), 'the shop');
      assert.equal((await deliver(url, await enqueueLater())).status, 200);
    });
  });

  it('answers 404 to other paths where nothing comes after it', async () => {
    await withHost(
      (make) => listening(createServer(make('/internal'))),
      async (url) => {
        for (const path of ['/', '/internal', '/internalized/tasks/fold-letter/v1', '/tasks']) {
          const response = await fetch(`${url}${path}`, { method: 'POST' });
          assert.equal(response.status, 404, path);
          assert.equal(((await response.json()) as { code: string }).code, 'NOT_FOUND');
        }
      },
    );
  });

  it('logs no address of a path that it does not know', async () => {
    await withHost(
      (make) => listening(createServer(make())),
      async (url) => {
        assert.equal((await fetch(`${url}/letters/ada%40privacy.example`)).status, 404);
        const line = logged.at(-1);
        assert.equal(line?.['path'], '/letters/<address>');
        assert.doesNotMatch(JSON.stringify(line), /privacy/);
      },
    );
  });

  it('refuses a prefix that is no path', () => {
    for (const prefix of ['internal', '/internal/', '/a b', '/?']) {
      assert.throws(() => create(prefix), { name: 'RangeError', message: /prefix must be a path such as/ });
    }
  });

  it('is joined to the request’s trace in its logs', async () => {
    await withHost(
      (make) => listening(createServer(make())),
      async (url) => {
        const traceparent = '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01';
        await fetch(`${url}/tasks/fold-letter/v1`, { method: 'POST', headers: { traceparent } });
        assert.equal(logged.at(-1)?.['traceId'], '0af7651916cd43dd8448eb211c80319c');
      },
    );
  });
});

describe('createWorker() behind a body parser of Koa', () => {
  useLetters();

  it('takes the rawBody that the parser keeps', async () => {
    const app = new Koa<{ logger: typeof logger }>();
    app.use(bodyParser());
    app.use((ctx, next) => {
      ctx.state.logger = logger;
      return next();
    });
    app.use(
      createWorker({
        runtime: bed.runtime,
        handlers: [foldLetter, mailLetter, pressLetter, unfoldLetter].map((contract) =>
          defineHandler(contract, { handle: (payload, context) => handle(payload, context) }),
        ),
        originCheck: createAppEngineOriginCheck({ gaeEnv: 'standard', queues: bed.catalogue.queues }),
        service: 'worker',
        stopping: new AbortController().signal,
      }) as unknown as Koa.Middleware<{ logger: typeof logger }>,
    );
    const host = await listening(createServer(app.callback()));
    try {
      const response = await fetch(`${host.url}/tasks/fold-letter/v1`, {
        method: 'POST',
        headers: { ...TASK_HEADERS, 'X-AppEngine-TaskName': letterId },
        body: JSON.stringify({ letterId }),
      });
      assert.equal(response.status, 200);
      assert.equal((await bed.record(`letters.${letterId}`)).payload, JSON.stringify({ letterId }));
    } finally {
      await host.close();
    }
  });
});
