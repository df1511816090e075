import { bytesField, doubleField, integerField, textField } from './protobuf-fields.ts';
import { QUEUE_COUNT, QUEUE_PARENT, QUEUE_RATES, queueId } from './scenario.ts';

// Field numbers of google.cloud.tasks.v2: cloudtasks.proto, queue.proto, task.proto, target.proto.
const BODY = Buffer.alloc(256, 'x');
const POST = 1;

/** Encoded CreateQueueRequests for all queues. */
export function createQueueRequests(): Buffer[] {
  const rates = bytesField(
    3,
    Buffer.concat([
      doubleField(1, QUEUE_RATES.maxDispatchesPerSecond),
      integerField(3, QUEUE_RATES.maxConcurrentDispatches),
    ]),
  );
  return queueNames().map((name) =>
    Buffer.concat([textField(1, QUEUE_PARENT), bytesField(2, Buffer.concat([textField(1, name), rates]))]),
  );
}

/** Encoded CreateTaskRequests with bodies of 256 bytes. */
export function createRequests(
  count: number,
  options: {
    /** The target of each task. */
    readonly url: (index: number) => string;
    /** The number of queues that they are spread over. Default: all. */
    readonly queues?: number;
    /** When they are due, in seconds since 1970. Default: at once. */
    readonly scheduleSeconds?: number;
  },
): Buffer[] {
  const { url, queues = QUEUE_COUNT, scheduleSeconds } = options;
  const names = queueNames();
  const schedule =
    scheduleSeconds === undefined ? Buffer.alloc(0) : bytesField(4, integerField(1, scheduleSeconds));
  return Array.from({ length: count }, (_, index) => {
    const httpRequest = Buffer.concat([textField(1, url(index)), integerField(2, POST), bytesField(4, BODY)]);
    const task = Buffer.concat([bytesField(3, httpRequest), schedule]);
    return Buffer.concat([textField(1, names[index % queues] ?? ''), bytesField(2, task)]);
  });
}

function queueNames(): string[] {
  return Array.from({ length: QUEUE_COUNT }, (_, index) => `${QUEUE_PARENT}/queues/${queueId(index)}`);
}
