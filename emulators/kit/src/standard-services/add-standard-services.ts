import type { Server } from '@grpc/grpc-js';
import type { PackageDefinition } from '@grpc/proto-loader';
import { ReflectionService } from '@grpc/reflection';
import { HealthImplementation, service as healthService } from 'grpc-health-check';
import type { GrpcServer } from '../grpc/grpc-server.ts';
import { describeFiles, type MessageTypes } from './describe-files.ts';

/**
 * Adds what every gRPC server is expected to have: reflection (v1 and v1alpha), and health, which is SERVING for the
 * server as a whole and for each service.
 * @param types the messages of the services, and google.protobuf.FileDescriptorProto
 */
export function addStandardServices(
  grpcServer: GrpcServer,
  { types, serviceNames }: { types: MessageTypes; serviceNames: readonly string[] },
): void {
  // The libraries know grpc-js's server alone, and only add services to it.
  const server = grpcServer as unknown as Server;
  const definitions = {
    services: { fileDescriptorProtos: describeFiles(types, serviceNames) },
    // A message of health knows the file that its service is in.
    health: healthService['Check']?.requestType,
  } as unknown as PackageDefinition;
  new ReflectionService(definitions).addToServer(server);
  const serving = ['', ...serviceNames].map((name) => [name, 'SERVING'] as const);
  new HealthImplementation(Object.fromEntries(serving)).addToServer(server);
}
