import { type GrpcHandler, GrpcServer, type GrpcServiceDefinition, GrpcStatus } from '@waybill/emulator-kit';
import { StandardServices } from '@waybill/emulator-kit/standard-services';
import type { ListenHub } from '../listen/listen-hub.ts';
import { firestoreService } from '../protocol/firestore-service.ts';
import { hasInvalidText } from '../protocol/invalid-text.ts';
import { firestoreMessageTypes } from '../protocol/message-types.ts';
import type { FirestoreEngine } from '../transactions/firestore-engine.ts';
import type { UsageMeter } from '../usage/usage-meter.ts';
import { firestoreHandlers } from './firestore-handlers.ts';
import type { Received } from './rpc.ts';
import { responseSerializer } from './stored-response.ts';

/** A request may be this big before gRPC itself refuses it; the handlers' own limits, with clearer texts, are lower. */
const MAX_RECEIVE_BYTES = 32 * 1024 * 1024;

/** One for all servers of this process. */
let standardServices: StandardServices | undefined;

/** The handlers of all calls, by gRPC and by REST, on an engine and its listeners. Calls are counted. */
export function createCallHandlers(
  engine: FirestoreEngine,
  hub: ListenHub,
  usage: UsageMeter,
): Record<string, GrpcHandler> {
  return counted({ ...refusals(), ...firestoreHandlers(engine, hub) }, usage);
}

/** The gRPC server of the handlers, not yet listening. */
export function createFirestoreServer(handlers: Record<string, GrpcHandler>): GrpcServer {
  const server = new GrpcServer({ maxReceiveBytes: MAX_RECEIVE_BYTES });
  server.addService(measured(firestoreService), handlers);
  standardServices ??= new StandardServices({
    types: firestoreMessageTypes,
    serviceNames: ['google.firestore.v1.Firestore'],
  });
  standardServices.addTo(server);
  return server;
}

/** The same service, whose requests tell their length, and whether their text is text; stored documents are sent as they are. */
function measured(service: typeof firestoreService): GrpcServiceDefinition {
  return Object.fromEntries(
    Object.entries(service).map(([name, method]) => [
      name,
      {
        ...method,
        requestDeserialize: (bytes: Buffer) => receive(method, bytes),
        responseSerialize: responseSerializer(name, method.responseSerialize),
      },
    ]),
  );
}

/** Decodes a request, with its length. */
export function receive(
  method: { requestDeserialize(bytes: Buffer): object },
  bytes: Buffer,
): Received<unknown> {
  const message = method.requestDeserialize(bytes);
  return { message, byteLength: bytes.length, hasInvalidText: hasInvalidText(message, bytes) };
}

/** The same handlers, whose calls are counted. */
function counted(handlers: Record<string, GrpcHandler>, usage: UsageMeter): Record<string, GrpcHandler> {
  return Object.fromEntries(
    Object.entries(handlers).map(([name, handle]) => [
      name,
      (call, respond) => {
        usage.called(name);
        handle(call, respond);
      },
    ]),
  );
}

/** Every call of the service, refused by its name. */
function refusals(): Record<string, GrpcHandler> {
  return Object.fromEntries(
    Object.keys(firestoreService).map((name) => [
      name,
      (call) => {
        // Without headers the official client repeats a stream, over some 10 seconds (see rpc.ts).
        call.sendMetadata();
        call.fail({
          code: GrpcStatus.UNIMPLEMENTED,
          details: `google.firestore.v1.Firestore/${name} is not implemented by this emulator.`,
        });
      },
    ]),
  );
}
