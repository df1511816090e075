import assert from 'node:assert/strict';
import { readdirSync, statSync } from 'node:fs';
import { connect } from 'node:net';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import type { LocalStack } from '@waybill/local-stack';
import { attackListeners } from '../../fuzz/attack-listeners.ts';
import { listenersOf, listeningSocketsOfStack } from '../../fuzz/stack-listeners.ts';
import { callHttp } from '../support/call-http.ts';
import { newDataDir, removeDataDir, startFlowStack } from '../support/flow-stack.ts';
import { isLoopback } from '../support/listening-sockets.ts';
import { descendantsOf, stillRunning } from '../support/process-tree.ts';
import { Shop } from '../support/shop.ts';

const ATTACK = { seed: 12, requests: 400 };

/** Names that lead to this machine when somebody else resolves them. */
const FOREIGN_HOSTS = ['evil.example', '127.evil.example', '127.0.0.1.nip.io', 'localhost.evil.example'];
const PATHS = [
  '/',
  '/emulator/health',
  '/v2/projects/p/locations/l/queues',
  '/sandbox/charges',
  '/shipments',
];

async function statusOf({ port, host, path }: { port: number; host: string; path: string }): Promise<number> {
  return (await callHttp({ port, path, headers: { host } })).status;
}

describe('the listeners of the stack', () => {
  let dataDir: string;
  let stack: LocalStack;

  before(async function () {
    // Sockets and processes are read from /proc.
    if (process.platform !== 'linux') this.skip();
    dataDir = newDataDir();
    stack = await startFlowStack(dataDir);
  });

  after(async () => {
    if (stack === undefined) return;
    await stack.close();
    removeDataDir(dataDir);
  });

  function httpListeners() {
    return listenersOf(stack, dataDir).filter(({ port }) => port !== stack.ports.smtp);
  }

  it('take connections on loopback only', () => {
    const sockets = listeningSocketsOfStack();
    const ports = new Set(sockets.map(({ port }) => port));
    for (const { name, port } of listenersOf(stack, dataDir))
      assert.ok(ports.has(port), `${name} listens on ${port}`);
    assert.deepEqual(
      sockets.filter(({ address }) => !isLoopback(address)),
      [],
    );
  });

  for (const host of FOREIGN_HOSTS) {
    it(`refuse requests to ${host}`, async () => {
      const statuses = await Promise.all(
        httpListeners().flatMap(({ name, port }) =>
          PATHS.map(async (path) => [name, path, await statusOf({ port, host, path })]),
        ),
      );
      assert.deepEqual(
        statuses.filter(([, , status]) => status !== 403),
        [],
      );
    });
  }

  it('refuse requests that did not come by the front door, if they are of services', async () => {
    const ports = stack.appEngine
      .services()
      .flatMap(({ instances }) => instances.map(({ port = 0 }) => port));
    assert.ok(ports.length >= 3);
    for (const port of ports) {
      for (const path of ['/healthz', '/internal/tasks/charge-payment', '/_ah/warmup', '/']) {
        assert.equal(await statusOf({ port, host: 'localhost', path }), 403, path);
      }
    }
  });

  it('write their data for their owner alone', () => {
    const readable = readdirSync(dataDir, { recursive: true, withFileTypes: true })
      .map((entry) => join(entry.parentPath, entry.name))
      .filter((path) => (statSync(path).mode & 0o077) !== 0);
    assert.deepEqual(readable, []);
    assert.equal(statSync(dataDir).mode & 0o777, 0o700);
  });

  it('refuse requests of HTTP, if they speak SMTP', async () => {
    const socket = connect(stack.ports.smtp, '127.0.0.1');
    socket.end('POST / HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\nMAIL FROM:<a@b.example>\r\n');
    assert.match(await text(socket), /^(220 .*\r\n)?421 /);
  });

  it(`survive ${ATTACK.requests} random request targets, hosts and broken requests`, async () => {
    const listeners = listenersOf(stack, dataDir);
    const processes = descendantsOf(process.pid);
    await attackListeners(listeners, ATTACK);
    assert.deepEqual(await stillRunning(processes, 0), processes);
    assert.deepEqual(
      stack.events.filter(({ event }) => event === 'process.died'),
      [],
    );
    const shop = new Shop(stack);
    await shop.waitForConfirmation(await shop.order());
  });
});
