import { once } from 'node:events';
import { connect } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import { callLoopback } from '../clients/loopback-call.ts';

/** Thrown when a part does not answer in time. `cause` is what came last. */
export class NotReadyError extends Error {
  override readonly name = 'NotReadyError';
  readonly code = 'NOT_READY';
}

const ASK_AGAIN_MS = 50;

/**
 * Asks a part again and again until it answers.
 * @param what the part, for the message
 * @param ask resolves if it answered; is given a signal that ends one try
 * @throws {NotReadyError} naming the part and its last answer, after `timeoutMs`
 */
export async function untilReady(
  what: string,
  ask: (signal: AbortSignal) => Promise<unknown>,
  timeoutMs: number,
): Promise<void> {
  const deadline = AbortSignal.timeout(timeoutMs);
  for (;;) {
    try {
      await ask(deadline);
      return;
    } catch (error) {
      if (deadline.aborted) {
        const reason = error instanceof Error ? error.message : String(error);
        throw new NotReadyError(`${what} did not answer within ${timeoutMs / 1000} s: ${reason}`, {
          cause: error,
        });
      }
    }
    await delay(ASK_AGAIN_MS);
  }
}

/** GET must be answered with 2xx. `host` is the Host header, for a service behind the front door. */
export async function askHttp(
  call: { port: number; path: string; host?: string },
  signal: AbortSignal,
): Promise<void> {
  const { status, text } = await callLoopback({ ...call, signal });
  if (status < 200 || status > 299) {
    throw new Error(`GET ${call.path} answered ${status} ${text.trim().slice(0, 300)}`);
  }
}

/** An SMTP server must greet with 220 (RFC 5321, section 3.1). */
export async function askSmtp(port: number, signal: AbortSignal): Promise<void> {
  const socket = connect({ host: '127.0.0.1', port });
  try {
    const [greeting] = (await once(socket, 'data', { signal })) as [Buffer];
    if (!greeting.toString('latin1').startsWith('220')) throw new Error(`it greeted with ${greeting}`);
  } finally {
    socket.destroy();
  }
}
