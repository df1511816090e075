import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { startEchoServer } from './support/echo-server.ts';

/** The port answers an invalid preface as HTTP/1.1, which h2spec takes for a fault. */
const EXPECTED_FAILURES = 1;

const binary = (process.env['PATH'] ?? '')
  .split(delimiter)
  .map((folder) => join(folder, 'h2spec'))
  .find((file) => existsSync(file));

describe('h2spec', () => {
  it('finds no other fault than the known one', async function () {
    if (binary === undefined) {
      process.stdout.write(
        '      SKIPPED: h2spec is not installed; `go install github.com/summerwind/h2spec/cmd/h2spec@latest`\n',
      );
      this.skip();
    }
    const server = await startEchoServer();
    try {
      const child = spawn(binary, ['-h', '127.0.0.1', '-p', String(server.port), '--timeout', '5']);
      let output = '';
      child.stdout.on('data', (chunk: Buffer) => (output += chunk));
      await once(child, 'close');
      const failed = Number(/(\d+) failed/.exec(output)?.[1] ?? Number.NaN);
      assert.ok(failed <= EXPECTED_FAILURES, output.slice(output.indexOf('Failures:')));
    } finally {
      await server.close(0);
    }
  });
});
