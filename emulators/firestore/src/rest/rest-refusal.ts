import { type GrpcFailure, GrpcStatus, RequestTargetError } from '@waybill/emulator-kit';
import { type RestRefusal, RestRequestError, type RestStatus } from '@waybill/emulator-kit/rest';

/** The names of gRPC's status codes. */
const NAMES = new Map<number, RestStatus>(
  Object.entries(GrpcStatus).flatMap(([name, code]) => (name === 'OK' ? [] : [[code, name as RestStatus]])),
);

/** The refusal of a request that could not be read. Any other error is a fault of the emulator, and INTERNAL. */
export function toRestRefusal(error: unknown): RestRefusal {
  if (error instanceof RestRequestError) {
    const { message, violations } = error;
    const badRequest = {
      '@type': 'type.googleapis.com/google.rpc.BadRequest',
      fieldViolations: violations,
    };
    return { status: 'INVALID_ARGUMENT', message, details: violations.length > 0 ? [badRequest] : [] };
  }
  if (error instanceof RequestTargetError) {
    return { status: 'INVALID_ARGUMENT', message: `${error.message}.` };
  }
  return { status: 'INTERNAL', message: `The emulator failed: ${String(error)}` };
}

/** The failure of a gRPC call as a refusal. */
export function refusalOfFailure({ code, details }: GrpcFailure): RestRefusal {
  return { status: NAMES.get(code) ?? 'UNKNOWN', message: details };
}
