import assert from 'node:assert/strict';
import type { UrlDispatchRule } from '../configuration/read-deployable-dispatch-rules.ts';
import { dispatchDrift } from './dispatch-drift.ts';

const SHOP: UrlDispatchRule = { domain: 'shop.example.com', path: '/*', service: 'default' };

describe('dispatchDrift()', () => {
  const compare = (wanted: UrlDispatchRule[], deployed: UrlDispatchRule[]) =>
    dispatchDrift(wanted, deployed, { project: 'demo', file: 'dispatch.yaml' }).drift;

  it('finds rules that differ, in either direction', () => {
    assert.deepEqual(compare([], []), []);
    assert.deepEqual(compare([SHOP], [SHOP]), []);
    assert.deepEqual(compare([], [{ ...SHOP, domain: '*', path: '/tasks/*' }]), [
      {
        difference: 'dispatch rules are */tasks/* → default, the file says none',
        remedy: 'gcloud app deploy dispatch.yaml --project=demo --quiet',
      },
    ]);
    assert.equal(compare([SHOP], []).length, 1);
  });
});
