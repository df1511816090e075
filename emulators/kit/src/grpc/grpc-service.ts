/** A method of a service, as descriptors of proto-loader have it. */
export interface GrpcMethod {
  /** Such as `/google.firestore.v1.Firestore/Commit`. */
  readonly path: string;
  /** The name in camel case, by which handlers may go too. */
  readonly originalName?: string;
  readonly requestStream: boolean;
  readonly responseStream: boolean;
  // The descriptors' own types are as wide: messages differ by method.
  // biome-ignore lint/suspicious/noExplicitAny: see above
  readonly requestDeserialize: (bytes: Buffer) => any;
  // biome-ignore lint/suspicious/noExplicitAny: see above
  readonly responseSerialize: (message: any) => Buffer;
}

/** Methods by their names. */
export type GrpcServiceDefinition = Readonly<Record<string, GrpcMethod>>;
