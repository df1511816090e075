import type { ServiceDefinition } from '@grpc/proto-loader';
import { type GrpcHandler, GrpcServer } from '@waybill/emulator-kit';
import { type MessageTypes, StandardServices } from '@waybill/emulator-kit/standard-services';
import type { Type } from 'protobufjs';
import type { ApiServices, UnaryMethod } from '../api/api-services.ts';
import { CloudTasksError, invalidArgument } from '../engine/cloud-tasks-error.ts';
import type { Descriptors } from './descriptors.ts';
import { toGrpcFailure } from './grpc-errors.ts';
import { unknownFields } from './unknown-fields.ts';

type MethodDefinition = ServiceDefinition[string];

/** The largest task is 1 MiB; a request adds its parent. */
const MAX_MESSAGE_BYTES = 4 * 1024 * 1024;
/** Unknown fields beyond these are no longer reported. */
const MAX_REPORTED_FIELDS = 1_000;
/** The service refuses calls that would wait longer for their answer. */
const MAX_DEADLINE_MS = 30_000;
/** A deadline of 30 s is 30 s when the client sets it, and a little off by the machine's two readings of its clock. */
const DEADLINE_TOLERANCE_MS = 1_000;

/**
 * A gRPC server, not listening yet. Methods that a service defines and that `services` lacks answer UNIMPLEMENTED with
 * their name.
 * @param wallClockMs the machine's time, against which clients' deadlines are set
 */
export function createGrpcServer(options: {
  descriptors: Descriptors;
  services: ApiServices;
  types: MessageTypes;
  wallClockMs: () => number;
  /** Called once for each path, such as `task.12` of `CreateTaskRequest`. */
  onUnknownField: (message: string, path: string) => void;
}): GrpcServer {
  const { descriptors } = options;
  const reported = new Set<string>();
  const server = new GrpcServer({ maxReceiveBytes: MAX_MESSAGE_BYTES, wallClockMs: options.wallClockMs });
  for (const [service, methods] of Object.entries(options.services)) {
    const definition = watchUnknownFields(service);
    const handlers: Record<string, GrpcHandler> = {};
    for (const [name, { path }] of Object.entries(definition)) {
      handlers[name] = unary(methods[name] ?? unimplemented(path), service.endsWith('.CloudTasks'));
    }
    server.addService(definition, handlers);
  }
  new StandardServices({ types: options.types, serviceNames: Object.keys(options.services) }).addTo(server);
  return server;

  function watchUnknownFields(service: string): ServiceDefinition {
    const definition = descriptors.service(service);
    const types = options.types.lookupService(service);
    const watched: ServiceDefinition = {};
    for (const [name, method] of Object.entries(definition)) {
      const type = types.methods[name]?.resolvedRequestType;
      if (type) watched[name] = { ...method, requestDeserialize: watching(type, method) };
    }
    return watched;
  }

  /** Reads requests. Bytes that are none become a refusal in place of the request. */
  function watching(type: Type, { requestDeserialize }: MethodDefinition): (bytes: Buffer) => object {
    const message = type.name;
    return (bytes) => {
      try {
        const request = requestDeserialize(bytes);
        for (const path of unknownFields(type, bytes)) report(message, path);
        return request;
      } catch (error) {
        // The server would answer INTERNAL, as if the emulator had failed.
        return invalidArgument(`The request is not a valid ${message}: ${(error as Error).message}.`);
      }
    };
  }

  function report(message: string, path: string): void {
    // A bound for the memory: a client can send any number of numbers.
    if (reported.size >= MAX_REPORTED_FIELDS || reported.has(`${message}.${path}`)) return;
    reported.add(`${message}.${path}`);
    options.onUnknownField(message, path);
  }

  /** @param limitsDeadline whether a deadline too far ahead is refused; Node's client of operations sets 60 s */
  function unary(method: UnaryMethod, limitsDeadline: boolean): GrpcHandler {
    return (call, respond) => {
      const tooFar = limitsDeadline ? tooFarDeadline(call.getDeadline(), options.wallClockMs()) : undefined;
      const refusal = call.request instanceof CloudTasksError ? call.request : tooFar;
      const response = refusal === undefined ? method(call.request) : Promise.reject(refusal);
      response.then(
        (message) => respond(null, message),
        (error: unknown) => respond(toGrpcFailure(error, descriptors)),
      );
    };
  }
}

function unimplemented(path: string): UnaryMethod {
  return async () => {
    throw new CloudTasksError('UNIMPLEMENTED', `This emulator doesn't implement ${path.replace(/^\//, '')}.`);
  };
}

function tooFarDeadline(deadline: Date | number, nowMs: number): CloudTasksError | undefined {
  const atMs = Number(deadline);
  if (!Number.isFinite(atMs) || atMs - nowMs <= MAX_DEADLINE_MS + DEADLINE_TOLERANCE_MS) return undefined;
  const text = new Date(atMs).toISOString();
  return invalidArgument(
    `The request deadline is ${text}. The deadline cannot be more than 30s in the future.`,
  );
}
