import { once } from 'node:events';
import { type AddressInfo, createConnection, createServer } from 'node:net';
import { networkInterfaces } from 'node:os';

/**
 * An address of this machine that a listener on 127.0.0.1 alone does not answer at, as App Engine reaches a service from
 * outside its loopback. On Linux all of 127.0.0.0/8 is this machine, so nothing leaves it; elsewhere the first address of
 * a network card.
 */
export function addressBesideLoopback(platform: NodeJS.Platform = process.platform): string {
  if (platform === 'linux') return '127.0.0.2';
  const addresses = Object.values(networkInterfaces()).flatMap((list) => list ?? []);
  return addresses.find(({ family, internal }) => family === 'IPv4' && !internal)?.address ?? '127.0.0.1';
}

/** A port that nothing listens on now. */
export async function findFreePort(): Promise<number> {
  const server = createServer();
  server.listen(0);
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  return port;
}

/** Whether something takes connections there. */
export function takesConnections(host: string, port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = createConnection({ host, port });
    const settle = (taken: boolean): void => {
      socket.destroy();
      resolve(taken);
    };
    socket.once('connect', () => settle(true));
    socket.once('error', () => settle(false));
  });
}
