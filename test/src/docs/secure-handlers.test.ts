import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { rootDir } from '../support/flow-stack.ts';

describe('app.yaml of the services that people open', () => {
  for (const file of ['app.yaml', 'apps/frontend/app.yaml', 'apps/console/app.yaml']) {
    it(`redirects HTTP to HTTPS: ${file}`, () => {
      assert.match(
        readFileSync(join(rootDir, file), 'utf8'),
        /^handlers:\n(?: +#.*\n)* {2}- url: \/\.\*\n {4}secure: always\n/m,
      );
    });
  }
});
