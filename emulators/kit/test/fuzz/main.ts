// `npm run fuzz -w emulators/kit -- --seed 1 --connections 100000`: sends broken HTTP/2 to a server of this process.

import { parseArgs } from 'node:util';
import { startEchoServer } from '../support/echo-server.ts';
import { attack, seededRandom } from './attack.ts';

const FRAMES = 100;
const REPORT_EVERY = 1_000;

const { values } = parseArgs({
  options: {
    seed: { type: 'string', default: String(Date.now() % 1_000_000) },
    connections: { type: 'string', default: '10000' },
  },
});
const server = await startEchoServer({ limits: { headersMs: 100 } });
const first = Number(values.seed);
for (let count = 1; count <= Number(values.connections); count++) {
  await attack(server.port, seededRandom(first + count), FRAMES);
  if (count % REPORT_EVERY === 0) {
    const megabytes = Math.round(process.memoryUsage.rss() / 1_048_576);
    process.stdout.write(
      `seeds ${first + 1}–${first + count}: ${server.handled()} calls, ${server.held.size} open, ${megabytes} MiB\n`,
    );
  }
}
await server.close(0);
