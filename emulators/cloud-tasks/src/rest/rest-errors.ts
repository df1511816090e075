import { RequestTargetError } from '@waybill/emulator-kit';
import { CloudTasksError, invalidArgument, type StatusCode } from '../engine/cloud-tasks-error.ts';

/** As google/rpc/code.proto maps them. */
const HTTP_STATUS: Record<StatusCode, number> = {
  INVALID_ARGUMENT: 400,
  FAILED_PRECONDITION: 400,
  PERMISSION_DENIED: 403,
  NOT_FOUND: 404,
  ALREADY_EXISTS: 409,
  ABORTED: 409,
  INTERNAL: 500,
  UNIMPLEMENTED: 501,
  UNAVAILABLE: 503,
};

/** A refusal as the REST API answers it. */
export interface RestError {
  readonly status: number;
  readonly body: object;
}

/**
 * A refusal as HTTP status and JSON, with its details. Any other error is a fault of the emulator, and INTERNAL.
 */
export function toRestError(error: unknown): RestError {
  const refusal = refusalOf(error);
  const code = HTTP_STATUS[refusal.code];
  const details = refusal.details.map(({ type, fields }) => ({
    '@type': `type.googleapis.com/google.rpc.${type}`,
    ...fields,
  }));
  return {
    status: code,
    body: {
      error: { code, message: refusal.message, status: refusal.code, ...(details.length > 0 && { details }) },
    },
  };
}

function refusalOf(error: unknown): CloudTasksError {
  if (error instanceof CloudTasksError) return error;
  if (error instanceof RequestTargetError) return invalidArgument(`${error.message}.`);
  return new CloudTasksError('INTERNAL', `The emulator failed: ${String(error)}`);
}
