import type { Catalogue, TaskContract } from '@waybill/contract-kit';
import { parseJson, ServiceError } from '@waybill/service-kit';
import type { TaskRecord } from '@waybill/task-runtime/operator';

/**
 * The contract that an edited payload must match.
 * @throws {ServiceError} 409 `CONTRACT_UNKNOWN` if this console does not have it
 */
export function contractOf(catalogue: Catalogue, { contract, version }: TaskRecord): TaskContract {
  const found = catalogue.find(contract, version);
  if (found !== undefined) return found;
  throw new ServiceError({
    code: 'CONTRACT_UNKNOWN',
    status: 409,
    message: `This console knows no version ${version} of ${contract}: deploy one that does, then replay`,
  });
}

/**
 * Parses a payload from a form's field.
 * @throws {ServiceError} 422 `PAYLOAD_NOT_JSON`
 */
export function parsePayload(text: string): unknown {
  return parseJson(text, { code: 'PAYLOAD_NOT_JSON', status: 422, subject: 'The payload' });
}

/** The violations of a contract in a form's field; one for the whole field if it is not JSON. */
export function violationsOf(contract: TaskContract, text: string): { pointer: string; message: string }[] {
  try {
    return contract.violations(parsePayload(text)).map(({ pointer, message }) => ({ pointer, message }));
  } catch (error) {
    if (!(error instanceof ServiceError)) throw error;
    return [{ pointer: '', message: error.message }];
  }
}
