import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type DispatchRule, dispatchDrift, readDispatchFile } from './dispatch-drift.ts';

const SHOP: DispatchRule = { domain: 'shop.example.com', path: '/*', service: 'default' };

describe('readDispatchFile()', () => {
  let folder: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'dispatch-'));
  });
  afterEach(() => rmSync(folder, { recursive: true }));

  const read = (url: string): DispatchRule[] => {
    const file = join(folder, 'dispatch.yaml');
    writeFileSync(file, `dispatch:\n- url: "${url}"\n  service: default\n`);
    return readDispatchFile(file);
  };

  it("reads the project's own, which takes no tasks", () => {
    assert.deepEqual(readDispatchFile(join(import.meta.dirname, '../../../../dispatch.yaml')), []);
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

describe('dispatchDrift()', () => {
  const compare = (wanted: DispatchRule[], deployed: DispatchRule[]) =>
    dispatchDrift(wanted, deployed, { project: 'demo', file: 'dispatch.yaml' }).drift;

  it('finds rules that differ, in either direction', () => {
    assert.deepEqual(compare([], []), []);
    assert.deepEqual(compare([SHOP], [SHOP]), []);
    assert.deepEqual(compare([], [{ ...SHOP, domain: '*', path: '/tasks/*' }]), [
      {
        what: 'dispatch rules are */tasks/* → default, the file says none',
        mend: 'gcloud app deploy dispatch.yaml --project=demo --quiet',
      },
    ]);
    assert.equal(compare([SHOP], []).length, 1);
  });
});
