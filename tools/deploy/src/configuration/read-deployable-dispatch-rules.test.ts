import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { readDeployableDispatchRules, type UrlDispatchRule } from './read-deployable-dispatch-rules.ts';

const SHOP: UrlDispatchRule = { domain: 'shop.example.com', path: '/*', service: 'default' };

describe('readDeployableDispatchRules()', () => {
  let folder: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'dispatch-'));
  });
  afterEach(() => rmSync(folder, { recursive: true }));

  const read = (url: string): UrlDispatchRule[] => {
    const file = join(folder, 'dispatch.yaml');
    writeFileSync(file, `dispatch:\n- url: "${url}"\n  service: default\n`);
    return readDeployableDispatchRules(file);
  };

  it("reads the project's own, which takes no tasks", () => {
    assert.deepEqual(readDeployableDispatchRules(join(import.meta.dirname, '../../../../dispatch.yaml')), []);
  });

  it('reads rules for a domain of our own, and for other paths', () => {
    assert.deepEqual(read('shop.example.com/*'), [SHOP]);
    assert.deepEqual(read('*/tasklist/*'), [{ domain: '*', path: '/tasklist/*', service: 'default' }]);
  });

  for (const url of [
    '*/tasks/*',
    '*/*',
    '*/t*',
    '*/cron/sweep',
    '*.appspot.com/tasks/charge-payment/*',
    'worker-dot-demo.uc.r.appspot.com/*',
  ]) {
    it(`refuses ${url}`, () =>
      assert.throws(() => read(url), /takes tasks or cron away from where they are/));
  }
});
