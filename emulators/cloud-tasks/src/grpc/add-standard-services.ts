import type { Server } from '@grpc/grpc-js';
import type { PackageDefinition } from '@grpc/proto-loader';
import { ReflectionService } from '@grpc/reflection';
import type { GrpcServer } from '@waybill/emulator-kit';
import { HealthImplementation, service as healthService } from 'grpc-health-check';

/**
 * Adds what every gRPC server is expected to have: reflection (v1 and v1alpha), and health, which is SERVING for the
 * server as a whole and for each service.
 * @param files encoded google.protobuf.FileDescriptorProto of the services
 */
export function addStandardServices(
  grpcServer: GrpcServer,
  { files, serviceNames }: { files: readonly Buffer[]; serviceNames: readonly string[] },
): void {
  // The libraries know grpc-js's server alone, and only add services to it.
  const server = grpcServer as unknown as Server;
  const definitions = {
    services: { fileDescriptorProtos: files },
    // A message of health knows the file that its service is in.
    health: healthService['Check']?.requestType,
  } as unknown as PackageDefinition;
  new ReflectionService(definitions).addToServer(server);
  const serving = ['', ...serviceNames].map((name) => [name, 'SERVING'] as const);
  new HealthImplementation(Object.fromEntries(serving)).addToServer(server);
}
