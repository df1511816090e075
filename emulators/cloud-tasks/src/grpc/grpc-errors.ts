import { Metadata, type ServiceError, status } from '@grpc/grpc-js';
import { CloudTasksError } from '../engine/cloud-tasks-error.ts';
import type { Descriptors } from './descriptors.ts';

/**
 * A refusal as grpc-js answers it: code, text, and the details as google.rpc.Status in the trailer
 * `grpc-status-details-bin`. Any other error is a fault of the emulator, and INTERNAL.
 */
export function toServiceError(error: unknown, descriptors: Descriptors): ServiceError {
  const refusal =
    error instanceof CloudTasksError
      ? error
      : new CloudTasksError('INTERNAL', `The emulator failed: ${String(error)}`);
  const code = status[refusal.code];
  const metadata = new Metadata();
  if (refusal.details.length > 0) {
    const details = refusal.details.map(({ type, fields }) => ({
      type_url: `type.googleapis.com/google.rpc.${type}`,
      value: descriptors.errorDetails[type].serialize(fields),
    }));
    const encoded = descriptors.rpcStatus.serialize({ code, message: refusal.message, details });
    metadata.set('grpc-status-details-bin', encoded);
  }
  return Object.assign(new Error(refusal.message), {
    name: refusal.name,
    code,
    details: refusal.message,
    metadata,
  });
}
