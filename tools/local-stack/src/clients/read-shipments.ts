import type { Shipment } from '@waybill/sandboxes';
import { callLoopback } from './call-loopback.ts';

const CALL_TIMEOUT_MS = 10_000;

/** Reads the shipments that the warehouse was told of, oldest first. */
export async function readShipments(port: number): Promise<Shipment[]> {
  const { status, text } = await callLoopback({
    port,
    path: '/shipments',
    signal: AbortSignal.timeout(CALL_TIMEOUT_MS),
  });
  if (status !== 200) throw new Error(`The warehouse answered ${status} ${text.trim()}`);
  return (JSON.parse(text) as { data: Shipment[] }).data;
}
