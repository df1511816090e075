import assert from 'node:assert/strict';
import { type EchoServer, startEchoServer } from '../support/echo-server.ts';
import { callHeaders, callMessage, connectRaw, endsStream } from '../support/raw-http2-client.ts';
import { attack, seededRandom } from './attack.ts';

const CONNECTIONS = 150;
const FRAMES = 40;

describe('frames at random', () => {
  let server: EchoServer;

  before(async () => {
    server = await startEchoServer({ limits: { headersMs: 100 } });
  });
  after(() => server.close(0));

  it(`of ${CONNECTIONS} connections leave the server alive, with nothing open`, async () => {
    for (let seed = 1; seed <= CONNECTIONS; seed++) await attack(server.port, seededRandom(seed), FRAMES);
    const client = await connectRaw(server.port);
    client.send(callHeaders(1, '/test.Echo/Echo'), callMessage(1, 'alive'));
    assert.equal((await client.next(endsStream(1)))?.fields?.['grpc-status'], '0');
    client.close();
    while (server.held.size > 0) await new Promise((resolve) => setImmediate(resolve));
    assert.ok(server.handled() > CONNECTIONS, `${server.handled()} calls were well-formed`);
  });
});
