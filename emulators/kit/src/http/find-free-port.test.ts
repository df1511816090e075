import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer } from 'node:net';
import { findFreePort } from './find-free-port.ts';

describe('findFreePort()', () => {
  it('finds a port that can be listened on, out of the way of outgoing connections', async () => {
    const port = await findFreePort();
    assert.ok(port >= 20_000 && port < 32_768, `got ${port}`);
    const server = createServer().listen(port, '127.0.0.1');
    await once(server, 'listening');
    server.close();
  });
});
