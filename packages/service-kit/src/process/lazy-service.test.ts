import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { createLogger } from '../logging/logger.ts';
import { createLazyService, type LazyService, type LoadedService } from './lazy-service.ts';

describe('createLazyService()', () => {
  let server: Server;
  let service: LazyService;
  let url: string;
  let loads: number;
  let closed: number;
  let lines: string[];
  let outcome: Promise<LoadedService>;

  const whole: LoadedService = {
    listener: (request, response) => response.end(`loaded ${request.url}`),
    close: async () => {
      closed += 1;
    },
  };

  beforeEach(async () => {
    loads = 0;
    closed = 0;
    lines = [];
    outcome = Promise.resolve(whole);
    service = createLazyService({
      load: () => {
        loads += 1;
        return outcome;
      },
      logger: createLogger({
        service: 'lazy',
        version: 'v1',
        destination: { write: (line) => lines.push(line) },
      }),
    });
    server = createServer(service.listener).listen(0, '127.0.0.1');
    await once(server, 'listening');
    url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  });
  afterEach(() => {
    server.close();
    server.closeAllConnections();
  });
  const textOf = async (path: string) => (await fetch(`${url}${path}`)).text();

  it('tells that it is alive without loading anything', async () => {
    assert.deepEqual(JSON.parse(await textOf('/healthz')), { status: 'alive' });
    assert.equal(await (await fetch(`${url}/healthz`, { method: 'HEAD' })).text(), '');
    await service.close();
    assert.deepEqual([loads, closed], [0, 0]);
  });

  it('loads once, for all requests that wait, and then leaves /healthz to the service', async () => {
    const later = Promise.withResolvers<LoadedService>();
    outcome = later.promise;
    const answers = Promise.all([textOf('/a'), textOf('/b')]);
    later.resolve(whole);
    assert.deepEqual(await answers, ['loaded /a', 'loaded /b']);
    assert.equal(await textOf('/healthz'), 'loaded /healthz');
    assert.equal(loads, 1);
    await service.close();
    assert.equal(closed, 1);
  });

  it('answers 500 where loading fails, logs why, and tries again', async () => {
    outcome = Promise.reject(new Error('no such module'));
    outcome.catch(() => {});
    const response = await fetch(`${url}/a`);
    assert.equal(response.status, 500);
    assert.equal(response.headers.get('content-type'), 'application/problem+json');
    assert.ok(!(await response.text()).includes('no such module'));
    assert.match(lines.join(''), /"severity":"CRITICAL".*no such module/);
    outcome = Promise.resolve(whole);
    assert.equal(await textOf('/a'), 'loaded /a');
  });
});
