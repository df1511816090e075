import { randomInt } from 'node:crypto';
import { once } from 'node:events';
import { createServer } from 'node:net';

/**
 * Where free ports are looked for: below the range from which systems take the ports of outgoing connections (on Linux
 * 32768–60999, elsewhere from 49152), or any connection could take a port between its finding and its use, or while its
 * server is being started again.
 */
const MIN_PORT = 20_000;
const MAX_PORT = 32_767;
const MAX_TRIES = 100;

/**
 * Finds a port that nothing listens on. Another program that looks for one may still take it first, but hardly does:
 * it is taken at random from some 12,000.
 * @throws {Error} if 100 ports in turn are taken
 */
export async function findFreePort(host = '127.0.0.1'): Promise<number> {
  for (let tries = 0; tries < MAX_TRIES; tries += 1) {
    const port = randomInt(MIN_PORT, MAX_PORT + 1);
    if (await isPortFree(port, host)) return port;
  }
  throw new Error(`Found no free port on ${host} from ${MIN_PORT} to ${MAX_PORT} in ${MAX_TRIES} tries`);
}

/** Tells whether a server could listen on a port now. @throws the system's error if the port may not be used at all */
export async function isPortFree(port: number, host = '127.0.0.1'): Promise<boolean> {
  const server = createServer().listen(port, host);
  try {
    await once(server, 'listening');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EADDRINUSE') return false;
    throw error;
  }
  server.close();
  await once(server, 'close');
  return true;
}
