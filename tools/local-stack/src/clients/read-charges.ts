import type Stripe from 'stripe';
import { callLoopback } from './call-loopback.ts';

const CALL_TIMEOUT_MS = 10_000;

/** A charge as the payment sandbox stores it, in Stripe's shape; a declined one has `paid: false`. */
export type Charge = Stripe.Charge;

/** A refund as the payment sandbox stores it, in Stripe's shape. */
export type Refund = Stripe.Refund;

/** Reads all charges of the payment sandbox, oldest first. */
export async function readCharges(port: number): Promise<Charge[]> {
  return readList<Charge>(port, '/sandbox/charges');
}

/** Reads all refunds of the payment sandbox, oldest first. */
export async function readRefunds(port: number): Promise<Refund[]> {
  return readList<Refund>(port, '/sandbox/refunds');
}

async function readList<T>(port: number, path: string): Promise<T[]> {
  const { status, text } = await callLoopback({ port, path, signal: AbortSignal.timeout(CALL_TIMEOUT_MS) });
  if (status !== 200) throw new Error(`The payment sandbox answered ${status} ${text.trim()}`);
  return (JSON.parse(text) as { data: T[] }).data;
}
