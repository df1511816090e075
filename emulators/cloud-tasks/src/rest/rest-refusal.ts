import { RequestTargetError } from '@waybill/emulator-kit';
import { type RestRefusal, RestRequestError } from '@waybill/emulator-kit/rest';
import { CloudTasksError } from '../engine/cloud-tasks-error.ts';

/** A refusal as the REST API answers it, with its details. Any other error is a fault of the emulator, and INTERNAL. */
export function toRestRefusal(error: unknown): RestRefusal {
  if (error instanceof RestRequestError) {
    const { message, violations } = error;
    const badRequest = { '@type': typeUrl('BadRequest'), fieldViolations: violations };
    return { status: 'INVALID_ARGUMENT', message, details: violations.length > 0 ? [badRequest] : [] };
  }
  if (error instanceof RequestTargetError) {
    return { status: 'INVALID_ARGUMENT', message: `${error.message}.` };
  }
  if (!(error instanceof CloudTasksError)) {
    return { status: 'INTERNAL', message: `The emulator failed: ${String(error)}` };
  }
  const details = error.details.map(({ type, fields }) => ({ '@type': typeUrl(type), ...fields }));
  return { status: error.code, message: error.message, details };
}

function typeUrl(type: string): string {
  return `type.googleapis.com/google.rpc.${type}`;
}
