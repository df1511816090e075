import assert from 'node:assert/strict';
import { EVENT_TIMEOUT_MS, newDataDir, removeDataDir, startFlowStack } from '../support/flow-stack.ts';
import { Shop, whenIdle } from '../support/shop.ts';

const HOUR_MS = 3_600_000;

for (const [service, name, skewMs] of [
  ['worker', 'the worker’s', 60_000],
  ['worker', 'the worker’s', -60_000],
  ['default', 'the front service’s', 60_000],
] as const) {
  describe(`${name} clock, ${skewMs / 1_000} s off`, function () {
    this.timeout(90_000);

    it('changes nothing', async () => {
      const dataDir = newDataDir();
      const preload = new URL('../support/skewed-clock.ts', import.meta.url).href;
      const stack = await startFlowStack(dataDir, {
        serviceEnvironment: {
          NODE_OPTIONS: `--import ${preload}`,
          SKEWED_SERVICE: service,
          SKEW_MS: String(skewMs),
        },
      });
      try {
        const { fields, atMs, source } = await stack.waitForEvent(
          ({ event }) => event === 'clock.skewed',
          EVENT_TIMEOUT_MS,
        );
        assert.equal(source, service === 'default' ? 'frontend' : service);
        const offMs = Date.parse(String(fields['now'])) - atMs;
        assert.ok(Math.abs(offMs - skewMs) < 20_000, `it is ${offMs} ms off`);
        const shop = new Shop(stack);
        const email = 'ada@example.com';
        const stockBefore = await shop.stock('hand-grinder');
        const orderId = await shop.order({ email, productId: 'hand-grinder' });
        await shop.waitForConfirmation(orderId);
        await stack.advance(23 * HOUR_MS);
        await whenIdle(stack);
        assert.equal((await shop.mailsTo(email)).length, 1);
        await stack.advance(HOUR_MS);
        await shop.waitForTask(orderId, 'send-followup-email');
        assert.equal((await shop.mailsTo(email)).length, 2);
        assert.equal(await shop.stock('hand-grinder'), stockBefore - 1);
        assert.equal((await stack.charges()).length, 1);
        const { tasks } = await shop.show(orderId);
        assert.deepEqual(
          new Set(tasks.map(({ state, attempts }) => `${state} ${attempts}`)),
          new Set(['succeeded 1']),
        );
      } finally {
        await stack.close();
        removeDataDir(dataDir);
      }
    });
  });
}
