import { readFileSync } from 'node:fs';
import { createRequire, type LoadFnOutput } from 'node:module';
import { fileURLToPath } from 'node:url';

/** The file of the official client in which its class is, of any version of the API. */
const CLIENT_FILE = /\/@google-cloud\/tasks\/build\/.*\/cloud_tasks_client\.c?js$/;
/** The beginning of the class's constructor, as a class or as a function. */
const CONSTRUCTOR = /(\bconstructor|\bfunction CloudTasksClient)\((\w+), (\w+)\) \{/;

/** Options of the official client. */
type ClientOptions = Readonly<Record<string, unknown>>;

/** Lets the client's constructor take its options by way of the emulator's. Other modules stay as they are. */
export function withEmulatorOptions(url: string, loaded: LoadFnOutput): LoadFnOutput {
  if (!CLIENT_FILE.test(url)) return loaded;
  // Node gives no source for CommonJS that it loads by itself.
  const source = loaded.source == null ? readFileSync(fileURLToPath(url), 'utf8') : sourceText(loaded.source);
  const hook = "globalThis[Symbol.for('cloud-tasks-emulator.clientOptions')]";
  const changed = source.replace(
    CONSTRUCTOR,
    (start, _kind, options: string) => `${start} ${options} = ${hook}(${options}, ${JSON.stringify(url)});`,
  );
  if (changed === source) {
    throw new Error(
      `${url} has no constructor that cloud-tasks-emulator/register knows: give the client apiEndpoint, port and sslCreds in your code, and update the emulator`,
    );
  }
  return { ...loaded, source: changed };
}

/**
 * Options that point a client at CLOUD_TASKS_EMULATOR_HOST. Without that variable, and for a client with an `apiEndpoint`
 * of its own, the options stay as they are.
 * @param clientUrl the client's module, whose own gRPC library makes the credentials
 */
export function emulatorClientOptions(
  options: ClientOptions,
  clientUrl: string,
  env: Readonly<Record<string, string | undefined>>,
): ClientOptions {
  const address = env['CLOUD_TASKS_EMULATOR_HOST'];
  if (!address || options['apiEndpoint'] || options['servicePath']) return options;
  const url = URL.parse(/^https?:\/\//.test(address) ? address : `http://${address}`);
  if (url === null || url.port === '') {
    throw new Error(`CLOUD_TASKS_EMULATOR_HOST must be HOST:PORT, such as 127.0.0.1:8123, got "${address}"`);
  }
  const at = { apiEndpoint: url.hostname, port: Number(url.port) };
  const gaxFile = createRequire(clientUrl).resolve('google-gax');
  if (options['fallback']) {
    const { GoogleAuth, PassThroughClient } = createRequire(gaxFile)('google-auth-library');
    const auth = new GoogleAuth({ authClient: new PassThroughClient() });
    return { ...options, ...at, protocol: 'http', ...(!options['auth'] && { auth }) };
  }
  const { grpc } = createRequire(gaxFile)(gaxFile);
  return { ...options, ...at, sslCreds: grpc.credentials.createInsecure() };
}

function sourceText(source: NonNullable<LoadFnOutput['source']>): string {
  return typeof source === 'string' ? source : Buffer.from(source as Uint8Array).toString();
}
