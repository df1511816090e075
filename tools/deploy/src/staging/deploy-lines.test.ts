import assert from 'node:assert/strict';
import { deployLines } from './deploy-lines.ts';

describe('deployLines()', () => {
  it('names the app and its stage as they are typed at the root', () => {
    assert.deepEqual(deployLines('/shop', 'worker', '/shop/.stage/worker'), [
      '  to deploy it: npm run deploy -w apps/worker -- --project PROJECT',
      '  with gcloud alone: gcloud app deploy .stage/worker/app.yaml --project=PROJECT --no-promote',
    ]);
  });
});
