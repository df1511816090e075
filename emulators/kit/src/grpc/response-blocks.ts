import { encodeHeaderBlock } from '../http2/hpack/encode-header-block.ts';
import { ACCEPTED_ENCODINGS } from './decompress.ts';
import { encodeGrpcMessage } from './encode-grpc-message.ts';
import type { GrpcFailure } from './grpc-status.ts';

type Fields = (readonly [name: string, value: string])[];

const HEADERS: Fields = [
  [':status', '200'],
  ['content-type', 'application/grpc+proto'],
  ['grpc-encoding', 'identity'],
  ['grpc-accept-encoding', ACCEPTED_ENCODINGS],
];
/** Bytes of header fields that every client takes; a longer status text would cost the whole status. */
const MAX_MESSAGE_CHARACTERS = 4096;

/** The headers of each response. */
export const RESPONSE_HEADERS = encodeHeaderBlock(HEADERS);
/** The trailers of a call that succeeded. */
export const OK_TRAILERS = encodeHeaderBlock([
  ['grpc-status', '0'],
  ['grpc-message', 'OK'],
]);

/** The trailers of a call that failed. */
export function failureTrailers(failure: GrpcFailure): Buffer {
  return encodeHeaderBlock(statusFields(failure));
}

/** Headers and trailers at once, for a call that failed before it sent anything. */
export function trailersOnly(failure: GrpcFailure): Buffer {
  return encodeHeaderBlock([...HEADERS.slice(0, 2), ...statusFields(failure)]);
}

function statusFields({ code, details, trailers = {} }: GrpcFailure): Fields {
  return [
    ['grpc-status', String(code)],
    ['grpc-message', encodeGrpcMessage(details.slice(0, MAX_MESSAGE_CHARACTERS))],
    ...Object.entries(trailers).map(
      ([name, value]) =>
        [name, typeof value === 'string' ? value : Buffer.from(value).toString('base64')] as const,
    ),
  ];
}
