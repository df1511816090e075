import type Stripe from 'stripe';
import { callLoopback } from './loopback-call.ts';

const CALL_TIMEOUT_MS = 10_000;

/** A charge as the payment sandbox keeps it, in Stripe's shape; a declined one has `paid: false`. */
export type Charge = Stripe.Charge;

/** All charges that the payment sandbox has on disk, oldest first. */
export async function readCharges(port: number): Promise<Charge[]> {
  const { status, text } = await callLoopback({
    port,
    path: '/sandbox/charges',
    signal: AbortSignal.timeout(CALL_TIMEOUT_MS),
  });
  if (status !== 200) throw new Error(`The payment sandbox answered ${status} ${text.trim()}`);
  return (JSON.parse(text) as { data: Charge[] }).data;
}
