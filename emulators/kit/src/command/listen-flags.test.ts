import assert from 'node:assert/strict';
import { listenFlags, readListenOptions } from './listen-flags.ts';
import { readFlags } from './read-flags.ts';

function read(...args: string[]) {
  const { values, problems } = readFlags(args, listenFlags('8123'));
  return { options: readListenOptions(values, problems), problems };
}

describe('readListenOptions()', () => {
  it('has a default for host and port, and keeps data in memory', () => {
    assert.deepEqual(read(), { options: { host: '127.0.0.1', port: 8123 }, problems: [] });
  });

  it('reads all three', () => {
    assert.deepEqual(read('--host', '::1', '--port=0', '--data-dir', 'd').options, {
      host: '::1',
      port: 0,
      dataDir: 'd',
    });
  });

  for (const port of ['65536', 'eighty', '', '1.5', '000080', '-1']) {
    it(`refuses the port "${port}"`, () => {
      assert.deepEqual(read(`--port=${port}`).problems, [
        `--port must be a whole number from 0 to 65535, got "${port}"`,
      ]);
    });
  }
});
