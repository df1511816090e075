import type { MessageTypes } from '@waybill/emulator-kit/standard-services';
import type { Type } from 'protobufjs';

/** A message inside of an operation: its fields, and its full name as `type`. */
interface Packed {
  readonly type: string;
  readonly [field: string]: unknown;
}

/** An operation that is done. Without `error` and `response` it shows neither, as a failed batch of creates does. */
export interface DoneOperation {
  readonly name: string;
  readonly metadata: Packed;
  readonly response?: Packed;
  readonly error?: { readonly code: number; readonly message: string };
}

/** Encodes and decodes google.longrunning.Operation. */
export class OperationMessages {
  readonly #type: Type;

  constructor(types: MessageTypes) {
    this.#type = types.lookup('google.longrunning.Operation');
  }

  encode({ name, metadata, response, error }: DoneOperation): Uint8Array {
    const message = this.#type.fromObject({
      name,
      done: true,
      metadata: toAny(metadata),
      ...(response && { response: toAny(response) }),
      ...(error && { error }),
    });
    return this.#type.encode(message).finish();
  }

  /** The operation in the plain form in which methods answer. */
  decode(encoded: Uint8Array): object {
    return this.#type.toObject(this.#type.decode(encoded), { longs: Number, enums: String });
  }
}

/** In the form that protobufjs packs into an Any. */
function toAny({ type, ...fields }: Packed): object {
  return { '@type': `type.googleapis.com/${type}`, ...fields };
}
