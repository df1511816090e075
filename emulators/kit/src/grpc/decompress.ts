import { gunzip, inflate } from 'node:zlib';
import { GrpcError, GrpcStatus } from './grpc-status.ts';

const DECODERS = { gzip: gunzip, deflate: inflate } as const;

/** Names of the compressions that requests may have, for `grpc-accept-encoding`. */
export const ACCEPTED_ENCODINGS = 'identity,deflate,gzip';

export function isKnownEncoding(encoding: string): boolean {
  return encoding === 'identity' || Object.hasOwn(DECODERS, encoding);
}

/** Decompresses a message of at most `maxBytes`. */
export function decompress(
  encoding: string,
  bytes: Buffer,
  maxBytes: number,
  onDone: (error: GrpcError | undefined, message: Buffer) => void,
): void {
  const decode = DECODERS[encoding as keyof typeof DECODERS];
  if (decode === undefined) {
    const text = 'A message is compressed, but grpc-encoding names no compression';
    onDone(new GrpcError(GrpcStatus.INTERNAL, text), bytes);
    return;
  }
  // Zlib refuses a limit of 0.
  decode(bytes, { maxOutputLength: Math.max(1, maxBytes) }, (error, message) => {
    if (error === null) onDone(undefined, message);
    else onDone(failure(error, maxBytes), bytes);
  });
}

function failure(error: Error & { code?: string }, maxBytes: number): GrpcError {
  return error.code === 'ERR_BUFFER_TOO_LARGE'
    ? new GrpcError(
        GrpcStatus.RESOURCE_EXHAUSTED,
        `Received message that decompresses to a size larger than ${maxBytes}`,
        { cause: error },
      )
    : new GrpcError(GrpcStatus.INTERNAL, 'Failed to decompress message', { cause: error });
}
