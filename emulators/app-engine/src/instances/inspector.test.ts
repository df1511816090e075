import assert from 'node:assert/strict';
import { DeploymentError } from '../services/deployment-error.ts';
import { inspectedEntrypoint, requireInspectable } from './inspector.ts';

describe('inspectedEntrypoint()', () => {
  for (const [entrypoint, expected] of [
    ['node src/main.ts', 'node --inspect=127.0.0.1:9229 src/main.ts'],
    [' node --import ./a.mjs main.mjs', 'node --inspect=127.0.0.1:9229 --import ./a.mjs main.mjs'],
    ['/usr/bin/node main.mjs', '/usr/bin/node --inspect=127.0.0.1:9229 main.mjs'],
  ] as const) {
    it(`opens the debugger in the process of "${entrypoint}"`, () => {
      assert.equal(inspectedEntrypoint(entrypoint, 9229).trim(), expected);
    });
  }
});

describe('requireInspectable()', () => {
  for (const entrypoint of ['npm start', 'npx node main.ts', 'node', 'nodemon main.ts', 'A=1 node main.ts']) {
    it(`refuses "${entrypoint}", naming the file`, () => {
      assert.throws(
        () => requireInspectable({ file: 'worker/app.yaml', entrypoint }),
        (error) => error instanceof DeploymentError && error.message.startsWith('worker/app.yaml: '),
      );
    });
  }
});
