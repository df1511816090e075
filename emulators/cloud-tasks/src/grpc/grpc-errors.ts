import { type GrpcFailure, GrpcStatus } from '@waybill/emulator-kit';
import { CloudTasksError } from '../engine/cloud-tasks-error.ts';
import type { Descriptors } from './descriptors.ts';

/**
 * A refusal as the end of a call: code, text, and the details as google.rpc.Status in the trailer
 * `grpc-status-details-bin`. Any other error is a fault of the emulator, and INTERNAL.
 */
export function toGrpcFailure(error: unknown, descriptors: Descriptors): GrpcFailure {
  const refusal =
    error instanceof CloudTasksError
      ? error
      : new CloudTasksError('INTERNAL', `The emulator failed: ${String(error)}`);
  const code = GrpcStatus[refusal.code];
  const details = refusal.message;
  if (refusal.details.length === 0) return { code, details };
  const encoded = descriptors.rpcStatus.serialize({
    code,
    message: details,
    details: refusal.details.map(({ type, fields }) => ({
      type_url: `type.googleapis.com/google.rpc.${type}`,
      value: descriptors.errorDetails[type].serialize(fields),
    })),
  });
  return { code, details, trailers: { 'grpc-status-details-bin': encoded } };
}
