import assert from 'node:assert/strict';
import { summarizeTests } from '../test-summary.ts';

describe('summarizeTests()', () => {
  const workspaces = [
    { name: '@waybill/orders', folderName: 'orders' },
    { name: '@waybill/flows', folderName: 'test' },
  ];
  const good = { passed: 3, failed: 0, failures: [], skipped: [] };

  it('adds up', () => {
    const summaries = [
      { workspace: 'orders', ...good },
      { workspace: 'test', ...good },
    ];
    assert.deepEqual(summarizeTests(workspaces, summaries), {
      lines: ['6 passed, 0 failed, 0 skipped'],
      ok: true,
    });
  });

  it('names each skip', () => {
    const summaries = [
      { workspace: 'orders', ...good, skipped: ['order waits'] },
      { workspace: 'test', ...good },
    ];
    assert.deepEqual(summarizeTests(workspaces, summaries), {
      lines: ['skipped  @waybill/orders: order waits', '6 passed, 0 failed, 1 skipped'],
      ok: true,
    });
  });

  it('fails where tests failed, and repeats each failure', () => {
    const summaries = [
      {
        workspace: 'orders',
        passed: 2,
        failed: 1,
        failures: ['placeOrder() refuses a past date\nAssertionError: 1 == 2\n    at order.test.ts:3'],
        skipped: [],
      },
      { workspace: 'test', ...good },
    ];
    assert.deepEqual(summarizeTests(workspaces, summaries), {
      lines: [
        'FAILED   @waybill/orders: 1 failed, 2 passed',
        '  placeOrder() refuses a past date\n  AssertionError: 1 == 2\n      at order.test.ts:3',
        '5 passed, 1 failed, 0 skipped',
      ],
      ok: false,
    });
  });

  it('fails where a workspace left no results', () => {
    const { lines, ok } = summarizeTests(workspaces, [{ workspace: 'test', ...good }]);
    assert.equal(ok, false);
    assert.match(lines[0] ?? '', /^FAILED {3}@waybill\/orders: left no results/);
    assert.equal(lines.at(-1), '3 passed, 1 failed, 0 skipped');
  });

  it('fails where a workspace ran no test, also if it skipped some', () => {
    const { lines, ok } = summarizeTests(workspaces, [
      { workspace: 'orders', passed: 0, failed: 0, failures: [], skipped: ['all of it'] },
      { workspace: 'test', ...good },
    ]);
    assert.equal(ok, false);
    assert.equal(lines[0], 'FAILED   @waybill/orders: ran no test');
    assert.equal(lines.at(-1), '3 passed, 1 failed, 1 skipped');
  });
});
