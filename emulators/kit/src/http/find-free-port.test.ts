import assert from 'node:assert/strict';
import { once } from 'node:events';
import { type AddressInfo, createServer } from 'node:net';
import { findFreePort, isPortFree } from './find-free-port.ts';

describe('findFreePort()', () => {
  it('finds a port that can be listened on, out of the way of outgoing connections', async () => {
    const port = await findFreePort();
    assert.ok(port >= 20_000 && port < 32_768, `got ${port}`);
    const server = createServer().listen(port, '127.0.0.1');
    await once(server, 'listening');
    server.close();
  });
});

describe('isPortFree()', () => {
  it('tells a port that is taken from one that is free', async () => {
    const server = createServer().listen(0, '127.0.0.1');
    await once(server, 'listening');
    const { port } = server.address() as AddressInfo;
    assert.equal(await isPortFree(port), false);
    server.close();
    await once(server, 'close');
    assert.equal(await isPortFree(port), true);
  });
});
