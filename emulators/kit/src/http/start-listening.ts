import { once } from 'node:events';
import type { AddressInfo, Server } from 'node:net';

/** Thrown when another process listens on the wanted port already. Trying again helps once that one has ended. */
export class PortTakenError extends Error {
  override readonly name = 'PortTakenError';
  readonly code = 'PORT_TAKEN';
  readonly host: string;
  readonly port: number;

  constructor(host: string, port: number, cause?: unknown) {
    super(`Port ${port} on ${host} is taken by another process: end that one, or choose another port`, {
      cause,
    });
    this.host = host;
    this.port = port;
  }
}

/**
 * Lets a server listen.
 * @param port 0 takes a free one
 * @returns the port
 * @throws {PortTakenError} if the port is in use
 */
export async function startListening(server: Server, host: string, port: number): Promise<number> {
  server.listen(port, host);
  try {
    await once(server, 'listening');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EADDRINUSE') throw new PortTakenError(host, port, error);
    throw error;
  }
  return (server.address() as AddressInfo).port;
}
