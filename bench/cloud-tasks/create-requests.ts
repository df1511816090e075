import { LOCATION, PROJECT, QUEUE_COUNT, queueId } from './scenario.ts';

const BODY = Buffer.alloc(256, 'x');
const POST = 1;

/** Encoded CreateTaskRequests, spread over the queues, with bodies of 256 bytes. */
export function createRequests(count: number, url: string): Buffer[] {
  const httpRequest = Buffer.concat([text(1, url), Buffer.of(2 << 3, POST), bytes(4, BODY)]);
  const task = bytes(2, bytes(3, httpRequest));
  return Array.from({ length: count }, (_, index) => {
    const queue = `projects/${PROJECT}/locations/${LOCATION}/queues/${queueId(index % QUEUE_COUNT)}`;
    return Buffer.concat([text(1, queue), task]);
  });
}

function text(field: number, value: string): Buffer {
  return bytes(field, Buffer.from(value));
}

/** A field of protobuf with a length. */
function bytes(field: number, value: Uint8Array): Buffer {
  const length: number[] = [];
  let rest = value.length;
  for (; rest >= 128; rest >>= 7) length.push((rest & 127) | 128);
  return Buffer.concat([Buffer.from([(field << 3) | 2, ...length, rest]), value]);
}
