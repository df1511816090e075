import { CloudTasksClient } from '@google-cloud/tasks';
import { GoogleAuth, googleAuthLibrary, grpc } from 'google-gax';

/**
 * The official client: Google's own endpoint with the machine's credentials, or an emulator's without any.
 * @throws {Error} if there are no credentials
 */
export async function connectCloudTasks(options: {
  readonly project: string;
  readonly endpoint?: { readonly host: string; readonly port: number };
}): Promise<CloudTasksClient> {
  const { project, endpoint } = options;
  const client = new CloudTasksClient({
    projectId: project,
    ...(endpoint && {
      apiEndpoint: endpoint.host,
      port: endpoint.port,
      sslCreds: grpc.credentials.createInsecure(),
      // Without this the client looks for a metadata server.
      auth: new GoogleAuth({ authClient: new googleAuthLibrary.PassThroughClient() }),
    }),
  });
  // Here, and not at the first call: that would leave a rejected promise behind that nobody can catch.
  await client.initialize();
  return client;
}
