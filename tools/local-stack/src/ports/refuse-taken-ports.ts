import { once } from 'node:events';
import { createServer } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';

/** Thrown when ports that the stack needs are in use. The message names each with the flag that changes it. */
export class PortsTakenError extends Error {
  override readonly name = 'PortsTakenError';
  readonly code = 'PORT_TAKEN';
}

/** A port that the stack is about to use. */
export interface WantedPort {
  readonly port: number;
  /** What listens there, for the message. */
  readonly purpose: string;
  /** The flag that changes it, `--port`. */
  readonly flag: string;
}

const RETRY_INTERVAL_MS = 50;

/**
 * Makes sure that nothing listens on any of the ports; 0 stands for a free one and is always right.
 * @param options.waitMs how long a port may still be taken before that is an error: after a stack was killed, its
 *   processes need a moment to end
 * @throws {PortsTakenError} naming all that are taken
 */
export async function refuseTakenPorts(
  wanted: readonly WantedPort[],
  options: { host: string; waitMs: number },
): Promise<void> {
  const deadlineMs = performance.now() + options.waitMs;
  for (;;) {
    const taken: WantedPort[] = [];
    for (const one of wanted) {
      if (one.port !== 0 && (await isTaken(one.port, options.host))) taken.push(one);
    }
    if (taken.length === 0) return;
    if (performance.now() >= deadlineMs) throw new PortsTakenError(taken.map(takenMessage).join('\n'));
    await delay(RETRY_INTERVAL_MS);
  }
}

function takenMessage({ port, purpose, flag }: WantedPort): string {
  return `Port ${port} (${purpose}) is taken by another process: end that one, or choose another port with ${flag}`;
}

async function isTaken(port: number, host: string): Promise<boolean> {
  const server = createServer();
  server.listen(port, host);
  try {
    await once(server, 'listening');
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'EADDRINUSE') return true;
    if (code === 'EACCES') throw new PortsTakenError(`Port ${port} needs rights that this process has not`);
    throw error;
  }
  server.close();
  await once(server, 'close');
  return false;
}
