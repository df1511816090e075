import { createConnection } from 'node:net';
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
