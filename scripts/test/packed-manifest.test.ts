import assert from 'node:assert/strict';
import { packedManifest } from '../packed-manifest.ts';

const manifest = {
  name: '@waybill/emulator',
  version: '0.1.0',
  private: true,
  type: 'module',
  exports: {
    '.': './src/index.ts',
    './operator': './src/operator/index.ts',
    './testing': './test/index.ts',
  },
  bin: { emulator: './src/main.ts' },
  scripts: { test: 'mocha' },
  dependencies: { koa: '3.3.0' },
  devDependencies: { sinon: '22.1.0' },
};

describe('packedManifest()', () => {
  it('names compiled files, and leaves out entries and fields for this repository', () => {
    assert.deepEqual(
      packedManifest(manifest, () => true),
      {
        name: '@waybill/emulator',
        version: '0.1.0',
        type: 'module',
        dependencies: { koa: '3.3.0' },
        engines: { node: '>=22.19' },
        exports: {
          '.': { types: './index.d.ts', default: './index.js' },
          './operator': { types: './operator/index.d.ts', default: './operator/index.js' },
        },
        bin: { emulator: './main.js' },
      },
    );
  });

  it('refuses an entry that the build did not make', () => {
    assert.throws(() => packedManifest(manifest, (file) => file !== 'operator/index.js'), {
      message: /@waybill\/emulator: exports\["\.\/operator"\] names \.\/src\/operator\/index\.ts/,
    });
  });
});
