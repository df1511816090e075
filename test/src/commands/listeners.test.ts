import assert from 'node:assert/strict';
import type { LocalStack } from '@waybill/local-stack';
import { attackListeners } from '../../fuzz/attack-listeners.ts';
import { listenersOf, listeningSocketsOfStack } from '../../fuzz/stack-listeners.ts';
import { newDataDir, removeDataDir, startFlowStack } from '../support/flow-stack.ts';
import { isLoopback } from '../support/listening-sockets.ts';
import { descendantsOf, stillRunning } from '../support/process-tree.ts';
import { Shop } from '../support/shop.ts';

const ATTACK = { seed: 12, requests: 400 };

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
