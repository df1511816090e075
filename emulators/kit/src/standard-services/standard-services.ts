import type { Server } from '@grpc/grpc-js';
import type { PackageDefinition } from '@grpc/proto-loader';
import { ReflectionService } from '@grpc/reflection';
import { HealthImplementation, service as healthService } from 'grpc-health-check';
import type { GrpcServer } from '../grpc/grpc-server.ts';
import { describeFiles, type MessageTypes } from './describe-files.ts';

/**
 * The services that every gRPC server is expected to have: reflection (v1 and v1alpha), and health, which is SERVING for
 * the server as a whole and for each service. To describe an API takes some 20 ms: servers of one API share an instance.
 */
export class StandardServices {
  readonly #reflection: ReflectionService;
  readonly #serviceNames: readonly string[];

  /** @param options.types the messages of the services, and google.protobuf.FileDescriptorProto */
  constructor({ types, serviceNames }: { types: MessageTypes; serviceNames: readonly string[] }) {
    this.#serviceNames = serviceNames;
    this.#reflection = new ReflectionService({
      services: { fileDescriptorProtos: describeFiles(types, serviceNames) },
      // A message of health knows the file that its service is in.
      health: healthService['Check']?.requestType,
    } as unknown as PackageDefinition);
  }

  /** Adds them to a server. */
  addTo(grpcServer: GrpcServer): void {
    // The libraries know grpc-js's server alone, and only add services to it.
    const server = grpcServer as unknown as Server;
    this.#reflection.addToServer(server);
    const serving = ['', ...this.#serviceNames].map((name) => [name, 'SERVING'] as const);
    new HealthImplementation(Object.fromEntries(serving)).addToServer(server);
  }
}
