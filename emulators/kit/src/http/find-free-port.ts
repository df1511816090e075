import { randomInt } from 'node:crypto';
import { once } from 'node:events';
import { createServer, type Server } from 'node:net';

/**
 * Free ports are looked for below the range from which systems take the ports of outgoing connections (on Linux
 * 32768–60999, elsewhere from 49152). Otherwise a connection could take a port between its finding and its use.
 */
const MIN_PORT = 20_000;
const BLOCK_SIZE = 100;
const BLOCKS = 127;
const LOOPBACK = '127.0.0.1';

/** The ports that this process hands out, in turn. */
interface PortBlock {
  /** The port that the process listens on to hold the block. It is not handed out. */
  readonly first: number;
  /** The distance of the next port from the first one. */
  next: number;
}

let block: Promise<PortBlock> | undefined;

/**
 * Finds a port that nothing listens on. Each process hands out the ports of its own block, in turn. So processes that
 * search at the same time, such as test suites side by side, never find the same port.
 * @throws {Error} if other processes hold all blocks, or if each port of the own block is taken
 */
export async function findFreePort(host = LOOPBACK): Promise<number> {
  block ??= takeBlock();
  const own = await block;
  for (let tries = 1; tries < BLOCK_SIZE; tries += 1) {
    const port = own.first + own.next;
    own.next = own.next === BLOCK_SIZE - 1 ? 1 : own.next + 1;
    if (await isPortFree(port, host)) return port;
  }
  throw new Error(`All ports from ${own.first + 1} to ${own.first + BLOCK_SIZE - 1} on ${host} are taken`);
}

/** Takes a block that no other process holds, and holds it until the process ends. */
async function takeBlock(): Promise<PortBlock> {
  const start = randomInt(BLOCKS);
  for (let tries = 0; tries < BLOCKS; tries += 1) {
    const first = MIN_PORT + ((start + tries) % BLOCKS) * BLOCK_SIZE;
    const guard = createServer((socket) => socket.destroy()).listen(first, LOOPBACK);
    if (await listens(guard)) {
      guard.unref();
      return { first, next: 1 };
    }
  }
  block = undefined;
  const last = MIN_PORT + BLOCKS * BLOCK_SIZE - 1;
  throw new Error(
    `Other processes hold all ${BLOCKS} blocks of ports from ${MIN_PORT} to ${last}: end some of them`,
  );
}

/** Tells whether a server could listen on a port now. @throws the system's error if the port may not be used at all */
export async function isPortFree(port: number, host = LOOPBACK): Promise<boolean> {
  const server = createServer().listen(port, host);
  if (!(await listens(server))) return false;
  server.close();
  await once(server, 'close');
  return true;
}

/** Waits until a server listens. @returns false if its port is taken */
async function listens(server: Server): Promise<boolean> {
  try {
    await once(server, 'listening');
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EADDRINUSE') return false;
    throw error;
  }
}
