import type { HeaderField } from '../http2/hpack/header-field.ts';

/** Fields that belong to gRPC itself. */
const OWN_FIELDS = new Set(['te', 'content-type', 'grpc-encoding', 'grpc-accept-encoding', 'grpc-timeout']);

/** The metadata of a call. Names that end in `-bin` hold bytes. */
export class RequestMetadata {
  readonly #fields: readonly HeaderField[];

  constructor(fields: readonly HeaderField[]) {
    this.#fields = fields;
  }

  /** All values of a name, in their order. */
  get(name: string): (string | Buffer)[] {
    const wanted = name.toLowerCase();
    const values = this.#fields.filter((field) => field.name === wanted).map(({ value }) => value);
    if (!wanted.endsWith('-bin')) return values;
    return values.flatMap((value) => value.split(',')).map((value) => Buffer.from(value, 'base64'));
  }

  /** The first value of each name, as the client sent it. */
  toJSON(): Record<string, string> {
    const shown: Record<string, string> = {};
    for (const { name, value } of this.#fields) {
      if (!OWN_FIELDS.has(name)) shown[name] ??= value;
    }
    return shown;
  }
}
