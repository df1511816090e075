import type { Readable } from 'node:stream';
import { credentials, type GrpcObject, Metadata, makeGenericClientConstructor } from '@grpc/grpc-js';
import { firestoreService } from '../../src/protocol/firestore-service.ts';

/** What a call gave: its answers, or its error. */
export type RawOutcome<Response> = { responses: Response[] } | { code: number; details: string };

/** Calls the service without the official client: for what that never sends, or repairs before it shows it. */
export interface RawClient {
  call<Response = Record<string, unknown>>(method: string, request: object): Promise<RawOutcome<Response>>;
  /** Opens a call with streams in both directions. */
  open<Response>(method: string): RawStream<Response>;
  close(): void;
}

/** A call with streams in both directions. */
export interface RawStream<Response> {
  send(request: object): void;
  /** The next response. @throws what ended the call, with `code` and `details` */
  next(): Promise<Response>;
  /** Ends the client's half. */
  end(): void;
  cancel(): void;
}

interface CallStream extends Readable {
  write(request: object): void;
  end(): void;
  cancel(): void;
}

/** Connects to whatever listens on a port of this machine. */
export function connectRaw(port: number): RawClient {
  const Client = makeGenericClientConstructor(firestoreService, 'Firestore', {} as GrpcObject);
  const client = new Client(`127.0.0.1:${port}`, credentials.createInsecure(), {
    'grpc.max_receive_message_length': -1,
    'grpc.max_send_message_length': -1,
  });
  const metadata = new Metadata();
  // The official emulator asks for some credentials, like those that the official clients send to it.
  metadata.set('authorization', 'Bearer owner');
  return {
    open<Response>(method: string): RawStream<Response> {
      const start = client[method]?.bind(client) as unknown as (metadata: Metadata) => CallStream;
      const stream = start(metadata);
      const responses = stream[Symbol.asyncIterator]() as AsyncIterator<Response>;
      return {
        send: (request) => stream.write(request),
        async next() {
          const { done, value } = await responses.next();
          if (done === true) throw Object.assign(new Error('The call has ended'), { code: 0, details: '' });
          return value;
        },
        end: () => stream.end(),
        cancel: () => stream.cancel(),
      };
    },
    call<Response>(method: string, request: object) {
      return new Promise<RawOutcome<Response>>((resolve) => {
        const definition = firestoreService[method];
        if (definition === undefined) throw new Error(`No such method: ${method}`);
        const send = client[method]?.bind(client) as (...args: unknown[]) => CallStream;
        if (!definition.responseStream) {
          send(request, metadata, (error: { code: number; details: string } | null, response: Response) =>
            resolve(
              error === null ? { responses: [response] } : { code: error.code, details: error.details },
            ),
          );
          return;
        }
        const responses: Response[] = [];
        const stream = definition.requestStream ? send(metadata) : send(request, metadata);
        stream
          .on('data', (response) => responses.push(response as Response))
          .on('error', (error: { code: number; details: string }) => {
            const { code, details } = error;
            resolve({ code, details });
          })
          .on('end', () => resolve({ responses }));
        if (definition.requestStream) stream.write(request);
      });
    },
    close: () => client.close(),
  };
}
