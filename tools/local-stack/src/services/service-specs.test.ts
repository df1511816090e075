import assert from 'node:assert/strict';
import { serviceSpecs } from './service-specs.ts';

describe('serviceSpecs()', () => {
  it('gives a service its own defaults, which every other value replaces', () => {
    const specs = serviceSpecs(
      { billing: 'apps/billing/app.yaml', worker: 'apps/worker/app.yaml' },
      [{ service: 'billing', version: 'v2' }],
      {
        defaults: { billing: { LEDGER_KEY: 'default', SHOP_KEY: 'default' } },
        all: { SHOP_KEY: 'of the stack' },
        perService: {},
      },
    );
    const withDefaults = { LEDGER_KEY: 'default', SHOP_KEY: 'of the stack' };
    assert.deepEqual(
      specs.map(({ env }) => env),
      [withDefaults, { SHOP_KEY: 'of the stack' }, withDefaults],
    );
  });
});
