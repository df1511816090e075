import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
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

  it('finds other ports each time, while those it found before are not used yet', async () => {
    const ports = await Promise.all(Array.from({ length: 20 }, () => findFreePort()));
    assert.equal(new Set(ports).size, 20);
  });

  it('passes over a port that is taken', async () => {
    const taken = (await findFreePort()) + 1;
    const server = createServer().listen(taken, '127.0.0.1');
    await once(server, 'listening');
    assert.notEqual(await findFreePort(), taken);
    server.close();
  });

  it('finds ports that no other process finds, and keeps no process from its end', async () => {
    const children = Array.from({ length: 3 }, findInAnotherProcess);
    const ports = await Promise.all([findFreePort(), ...children.map(({ port }) => port)]);
    const blocks = ports.map((port) => Math.floor(port / 100));
    assert.equal(new Set(blocks).size, 4, `of the ports ${ports.join(', ')} some share a block`);
    assert.deepEqual(await Promise.all(children.map(({ end }) => end())), [0, 0, 0]);
  });
});

/** Runs the search in a process that then waits for the end of its input. */
function findInAnotherProcess(): { port: Promise<number>; end: () => Promise<number | null> } {
  const module = JSON.stringify(new URL('./find-free-port.ts', import.meta.url).href);
  const script = `const { findFreePort } = await import(${module});
    console.log(await findFreePort());
    process.stdin.resume();`;
  const child = spawn(process.execPath, ['--input-type=module', '--eval', script], {
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  const closed = once(child, 'close') as Promise<[number | null]>;
  return {
    port: once(child.stdout, 'data').then(([line]) => Number(line)),
    async end() {
      child.stdin.end();
      const [code] = await closed;
      return code;
    },
  };
}

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
