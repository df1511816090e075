import assert from 'node:assert/strict';
import type { LocalStack } from '@waybill/local-stack';

/** Makes the warehouse answer all webhooks with a status; null accepts them again. */
export async function setWarehouseStatus(stack: LocalStack, status: number | null): Promise<void> {
  const response = await fetch(`http://127.0.0.1:${stack.ports.warehouse}/emulator/answer`, {
    method: 'PUT',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ status }),
  });
  assert.equal(response.status, 200);
}
