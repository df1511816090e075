import { createRequire } from 'node:module';
import { grpc, protobuf } from 'google-gax';

/** A gRPC server with the one method of Secret Manager that services call, for its official client. */
export interface SecretManagerStandIn {
  /** `host:port`, for `SECRET_MANAGER_EMULATOR_HOST`. */
  readonly host: string;
  /** Values by the names of their versions: `projects/demo/secrets/KEY/versions/latest`. Change it to rotate. */
  readonly values: Map<string, string | Uint8Array>;
  /** The versions that were asked for, in order. */
  readonly asked: readonly string[];
  /** The gRPC codes of the next responses, first one first; `silent` never responds. Then values. */
  readonly failures: (grpc.status | 'silent')[];
  close(): void;
}

interface AccessRequest {
  readonly name: string;
}

const protocol = createRequire(import.meta.url)(
  '@google-cloud/secret-manager/build/protos/protos.json',
) as protobuf.INamespace;

/** Starts it on a free port of the loopback. */
export async function startSecretManagerStandIn(
  values: Readonly<Record<string, string | Uint8Array>> = {},
): Promise<SecretManagerStandIn> {
  const root = protobuf.Root.fromJSON(protocol);
  const request = root.lookupType('google.cloud.secretmanager.v1.AccessSecretVersionRequest');
  const response = root.lookupType('google.cloud.secretmanager.v1.AccessSecretVersionResponse');
  const server = new grpc.Server();
  const asked: string[] = [];
  const failures: (grpc.status | 'silent')[] = [];
  const known = new Map(Object.entries(values));
  server.addService(
    {
      accessSecretVersion: {
        path: '/google.cloud.secretmanager.v1.SecretManagerService/AccessSecretVersion',
        requestStream: false,
        responseStream: false,
        requestSerialize: (message: object) => Buffer.from(request.encode(message).finish()),
        requestDeserialize: (bytes: Buffer) => request.decode(bytes),
        responseSerialize: (message: object) => Buffer.from(response.encode(message).finish()),
        responseDeserialize: (bytes: Buffer) => response.decode(bytes),
      },
    },
    {
      accessSecretVersion(
        call: grpc.ServerUnaryCall<AccessRequest, object>,
        done: grpc.sendUnaryData<object>,
      ): void {
        const { name } = call.request;
        asked.push(name);
        const failure = failures.shift();
        const value = known.get(name);
        if (failure === 'silent') return;
        if (failure !== undefined) done({ code: failure, details: 'as the test says' });
        else if (value !== undefined) done(null, { name, payload: { data: Buffer.from(value) } });
        else done({ code: grpc.status.NOT_FOUND, details: `Secret Version [${name}] not found.` });
      },
    },
  );
  const port = await new Promise<number>((resolve, reject) => {
    server.bindAsync('127.0.0.1:0', grpc.ServerCredentials.createInsecure(), (error, bound) =>
      error ? reject(error) : resolve(bound),
    );
  });
  return { host: `127.0.0.1:${port}`, values: known, asked, failures, close: () => server.forceShutdown() };
}
