import assert from 'node:assert/strict';
import { fuzzApi } from './fuzz/fuzz-api.ts';
import { startTestEmulator, type TestEmulator } from './support/emulator.ts';

const INPUTS = 800;

describe('random calls', () => {
  let test: TestEmulator;
  before(async () => {
    test = await startTestEmulator();
  });
  after(() => test.close());

  it('never upset the emulator, over gRPC and REST', async () => {
    const { counts, faults } = await fuzzApi({ port: test.emulator.port, seed: 1, inputs: INPUTS });
    assert.deepEqual(faults, []);
    for (const code of ['gRPC OK', 'gRPC INVALID_ARGUMENT', 'REST 200', 'REST 400', 'REST 404', 'REST 501']) {
      assert.ok((counts.get(code) ?? 0) > 0, code);
    }
  });
});
