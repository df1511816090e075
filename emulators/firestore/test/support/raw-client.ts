import { credentials, type GrpcObject, Metadata, makeGenericClientConstructor } from '@grpc/grpc-js';
import { firestoreService } from '../../src/protocol/firestore-service.ts';

/** What a call gave: its answers, or its error. */
export type RawOutcome<Response> = { responses: Response[] } | { code: number; details: string };

/** Calls the service without the official client: for what that never sends, or repairs before it shows it. */
export interface RawClient {
  call<Response = Record<string, unknown>>(method: string, request: object): Promise<RawOutcome<Response>>;
  close(): void;
}

interface CallStream {
  write(request: object): void;
  on(event: 'data', listener: (response: unknown) => void): CallStream;
  on(event: 'error', listener: (error: { code: number; details: string }) => void): CallStream;
  on(event: 'end', listener: () => void): CallStream;
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
          .on('error', ({ code, details }) => resolve({ code, details }))
          .on('end', () => resolve({ responses }));
        if (definition.requestStream) stream.write(request);
      });
    },
    close: () => client.close(),
  };
}
