import { connect } from 'node:net';
import { SeededRandom } from '../crash/support/seeded-random.ts';
import { type BrokenRequest, brokenRequest } from './broken-request.ts';
import type { StackListener } from './stack-listeners.ts';

const CLIENTS = 16;
/** Nothing comes for a request that is not complete: its connection is then closed. */
const RESPONSE_TIMEOUT_MS = 250;

/** Requests by kind, and those of them that were answered. */
export type AttackCounts = ReadonlyMap<string, { sent: number; answered: number }>;

/** Sends so many broken requests to listeners picked at random. The same seed gives the same requests. */
export async function attackListeners(
  listeners: readonly StackListener[],
  options: { seed: number; requests: number },
): Promise<AttackCounts> {
  const random = new SeededRandom(options.seed);
  const counts = new Map<string, { sent: number; answered: number }>();
  let left = options.requests;
  const client = async (): Promise<void> => {
    while (left > 0) {
      left -= 1;
      const listener = random.pick(listeners);
      const request = brokenRequest(random, listener.hosts);
      const wasAnswered = await send(listener.port, request);
      for (const name of [`listener ${listener.name}`, `kind ${request.kind}`]) {
        const count = counts.get(name) ?? { sent: 0, answered: 0 };
        counts.set(name, { sent: count.sent + 1, answered: count.answered + Number(wasAnswered) });
      }
    }
  };
  await Promise.all(Array.from({ length: CLIENTS }, client));
  return counts;
}

/** @returns whether a byte came back */
function send(port: number, { bytes, reset }: BrokenRequest): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({ port, host: '127.0.0.1', allowHalfOpen: true });
    const timer = setTimeout(() => socket.destroy(), RESPONSE_TIMEOUT_MS);
    let wasAnswered = false;
    socket.on('connect', () => {
      socket.end(bytes, () => {
        if (reset) socket.resetAndDestroy();
      });
    });
    socket.on('data', () => {
      wasAnswered = true;
    });
    socket.on('end', () => socket.destroy());
    // A listener may cut the connection: that is a response, too.
    socket.on('error', () => {});
    socket.on('close', () => {
      clearTimeout(timer);
      resolve(wasAnswered);
    });
  });
}
