import assert from 'node:assert/strict';
import type { LocalStack } from '@waybill/local-stack';
import { newDataDir, removeDataDir, startFlowStack } from './flow-stack.ts';

/** The addresses and payment methods of all flows. */
const PERSONAL = /@example\.com|\bpm_(card|sandbox)_/;

let users = 0;
let shared: { readonly stack: Promise<LocalStack>; readonly dataDir: string } | undefined;

/**
 * Gives the flows of a describe() a stack that other flows use before and after them. It is for flows that need no more
 * than orders of their own: they count by order, by product or by mail address, leave every queue running, and bear a
 * clock that others have moved. It starts for the first of them and stops after the last.
 */
export function useSharedStack(onReady: (stack: LocalStack) => void): void {
  users += 1;
  before(async () => {
    if (shared === undefined) {
      const dataDir = newDataDir();
      shared = { dataDir, stack: startFlowStack(dataDir) };
    }
    onReady(await shared.stack);
  });
  after(async () => {
    users -= 1;
    if (users > 0 || shared === undefined) return;
    const stack = await shared.stack;
    const log = stack.events.map((event) => JSON.stringify(event));
    await stack.close();
    removeDataDir(shared.dataDir);
    // Whatever the flows did: no service logs whom an order is for, or what pays for it.
    assert.deepEqual(
      log.filter((line) => PERSONAL.test(line)),
      [],
    );
  });
}
