import assert from 'node:assert/strict';
import { isSuccess, readGoLog, readJestReport, readMochaReport, readPytestLog } from './read-counts.ts';

describe('the counts of outside suites', () => {
  it('come from the report of jest', () => {
    const assertionResults = [
      { status: 'passed', fullName: 'a' },
      { status: 'failed', fullName: 'b' },
      { status: 'pending', fullName: 'c' },
    ];
    const report = JSON.stringify({ testResults: [{ assertionResults }, { assertionResults: [] }] });
    assert.deepEqual(readJestReport(report), { passed: 1, failed: ['b'] });
  });

  it('come from the report of mocha', () => {
    const report = JSON.stringify({ stats: { passes: 2 }, failures: [{ fullTitle: 'x y' }] });
    assert.deepEqual(readMochaReport(report), { passed: 2, failed: ['x y'] });
  });

  it('come from the log of pytest', () => {
    const log = 'FAILED t.py::a[None] - boom\nERROR t.py::b\n1 failed, 212 passed, 95 skipped in 27s\n';
    assert.deepEqual(readPytestLog(log), { passed: 212, failed: ['t.py::a[None]', 't.py::b'] });
  });

  it('are no success without a test that passed', () => {
    assert.equal(isSuccess(readPytestLog('RuntimeError: Event loop is closed')), false);
    assert.equal(isSuccess({ passed: 1, failed: ['x'] }), false);
    assert.equal(isSuccess({ passed: 1, failed: [] }), true);
  });

  it('come from the log of go, by tests without sub-tests', () => {
    const log =
      '--- FAIL: T (1s)\n    --- PASS: T/a (0s)\n    --- FAIL: T/b (0s)\n        --- FAIL: T/b/c (0s)\n';
    assert.deepEqual(readGoLog(log), { passed: 1, failed: ['T/b/c'] });
  });
});
