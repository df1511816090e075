// A process as the stack supervises them: says where it listens, and does what its arguments say.
// `--port N` to listen on, `--die-at-start FILE` to end with code 3 while the file is there.
import { existsSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { parseArgs } from 'node:util';
import { runEmulatorCommand } from '@waybill/emulator-kit';

const { values } = parseArgs({ options: { port: { type: 'string' }, 'die-at-start': { type: 'string' } } });
if (values['die-at-start'] !== undefined && existsSync(values['die-at-start'])) {
  process.stderr.write('fixture: asked to die\n');
  process.exit(3);
}
const server = createServer((_request, response) => response.end(String(process.pid)));
await runEmulatorCommand({
  name: 'fixture',
  start: () =>
    new Promise((resolve, reject) => {
      server.once('error', reject);
      server.listen(Number(values.port), '127.0.0.1', () => {
        process.stdout.write('fixture: a line of output\n');
        resolve({
          address: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
          close: async () => {
            server.close();
            server.closeAllConnections();
          },
        });
      });
    }),
});
