import { setImmediate as nextTurn } from 'node:timers/promises';
import { grpc } from 'google-gax';

/** What a piece of work cost: what Google counts on the bill, and round trips. */
export interface Cost {
  /** Documents that Firestore returned, or was asked for and has not; an empty query counts as one. */
  readonly reads: number;
  readonly writes: number;
  readonly firestoreCalls: number;
  readonly cloudTasksCalls: number;
}

type Counted = { -readonly [Name in keyof Cost]: Cost[Name] };

const FIRESTORE = '/google.firestore.v1.Firestore/';
const CLOUD_TASKS = '/google.cloud.tasks.v2.CloudTasks/';

/**
 * Counts the calls of this process's Google clients, below the clients: at gRPC's channels. What is read out of the
 * messages are the top fields' numbers alone; they are in google/firestore/v1/firestore.proto.
 */
export class CostMeter {
  readonly #createCall = grpc.Channel.prototype.createCall;
  #counted: Counted = nothing();
  /** Calls whose reads are not known yet: a client may have its response before the call's end. */
  #openReads = 0;

  constructor() {
    const meter = this;
    const { createCall } = grpc.Channel.prototype;
    grpc.Channel.prototype.createCall = function (this: grpc.Channel, ...args) {
      const call = Reflect.apply(createCall, this, args) as ReturnType<typeof createCall>;
      meter.#watch(args[0], call);
      return call;
    };
  }

  /** Counts what `work` costs. Only one at a time. */
  async costOf(work: () => Promise<unknown>): Promise<Cost> {
    this.#counted = nothing();
    await work();
    while (this.#openReads > 0) await nextTurn();
    return { ...this.#counted };
  }

  /** Lets the clients call without it again. */
  remove(): void {
    grpc.Channel.prototype.createCall = this.#createCall;
  }

  #watch(path: string, call: ReturnType<typeof grpc.Channel.prototype.createCall>): void {
    if (path.startsWith(CLOUD_TASKS)) this.#counted.cloudTasksCalls += 1;
    if (!path.startsWith(FIRESTORE)) return;
    this.#counted.firestoreCalls += 1;
    const method = path.slice(FIRESTORE.length);
    if (method === 'Commit') {
      const send = call.sendMessageWithContext.bind(call);
      call.sendMessageWithContext = (context, message) => {
        // CommitRequest.writes
        this.#counted.writes += fieldNumbers(message).filter((field) => field === 2).length;
        send(context, message);
      };
    }
    const readFields = READ_FIELDS[method];
    if (readFields === undefined) {
      if (!KNOWN_WITHOUT_READS.has(method)) throw new Error(`The meter does not know what ${method} costs`);
      return;
    }
    const start = call.start.bind(call);
    call.start = (metadata, listener) => {
      this.#openReads += 1;
      let reads = 0;
      start(
        metadata,
        Object.assign(Object.create(listener) as typeof listener, {
          onReceiveMessage: (message: Buffer) => {
            reads += fieldNumbers(message).filter((field) => readFields.includes(field)).length;
            listener.onReceiveMessage(message);
          },
          onReceiveStatus: (status: Parameters<typeof listener.onReceiveStatus>[0]) => {
            this.#counted.reads += method === 'RunQuery' ? Math.max(1, reads) : reads;
            this.#openReads -= 1;
            listener.onReceiveStatus(status);
          },
        }),
      );
    };
  }
}

/** The fields of an answer that each stand for one document read. */
const READ_FIELDS: Readonly<Record<string, readonly number[]>> = {
  // BatchGetDocumentsResponse.found, .missing
  BatchGetDocuments: [1, 2],
  // RunQueryResponse.document
  RunQuery: [1],
};
const KNOWN_WITHOUT_READS = new Set(['Commit', 'Rollback', 'BeginTransaction']);

function nothing(): Counted {
  return { reads: 0, writes: 0, firestoreCalls: 0, cloudTasksCalls: 0 };
}

/**
 * The numbers of a message's own fields, in order; a repeated one as often as it is there.
 * Source: the wire format, https://protobuf.dev/programming-guides/encoding/
 */
function fieldNumbers(message: Buffer): number[] {
  const numbers: number[] = [];
  let at = 0;
  const varint = (): number => {
    let value = 0;
    for (let factor = 1; ; factor *= 128) {
      const byte = message[at] ?? 0;
      at += 1;
      value += (byte & 127) * factor;
      if (byte < 128) return value;
    }
  };
  while (at < message.length) {
    const tag = varint();
    numbers.push(Math.floor(tag / 8));
    const wireType = tag % 8;
    if (wireType === 0) varint();
    else if (wireType === 1) at += 8;
    else if (wireType === 2) at = varint() + at;
    else if (wireType === 5) at += 4;
    else throw new Error(`A message has the wire type ${wireType}`);
  }
  return numbers;
}
