import { once } from 'node:events';
import { connect } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import { callLoopback } from '../clients/call-loopback.ts';

/** Thrown when a part does not answer in time. `cause` is the last failure. */
export class NotReadyError extends Error {
  override readonly name = 'NotReadyError';
  readonly code = 'NOT_READY';
}

const POLL_INTERVAL_MS = 50;

/**
 * Probes a part until it answers.
 * @param part its name, for the message
 * @param probe makes one try: resolves if the part answered; the signal ends the try
 * @throws {NotReadyError} naming the part and its last failure, after `timeoutMs`
 */
export async function untilReady(
  part: string,
  probe: (signal: AbortSignal) => Promise<unknown>,
  timeoutMs: number,
): Promise<void> {
  const deadline = AbortSignal.timeout(timeoutMs);
  for (;;) {
    try {
      await probe(deadline);
      return;
    } catch (error) {
      if (deadline.aborted) {
        const reason = error instanceof Error ? error.message : String(error);
        throw new NotReadyError(`${part} did not answer within ${timeoutMs / 1000} s: ${reason}`, {
          cause: error,
        });
      }
    }
    await delay(POLL_INTERVAL_MS);
  }
}

/** Expects 2xx for a GET. `host` is the Host header, for a service behind the front door. */
export async function probeHttp(
  call: { port: number; path: string; host?: string },
  signal: AbortSignal,
): Promise<void> {
  const { status, text } = await callLoopback({ ...call, signal });
  if (status < 200 || status > 299) {
    throw new Error(`GET ${call.path} answered ${status} ${text.trim().slice(0, 300)}`);
  }
}

/** Expects an SMTP server's greeting, 220 (RFC 5321, section 3.1). */
export async function probeSmtp(port: number, signal: AbortSignal): Promise<void> {
  const socket = connect({ host: '127.0.0.1', port });
  try {
    const [greeting] = (await once(socket, 'data', { signal })) as [Buffer];
    if (!greeting.toString('latin1').startsWith('220')) throw new Error(`it greeted with ${greeting}`);
  } finally {
    socket.destroy();
  }
}
