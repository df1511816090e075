import { grpc } from 'google-gax';

/**
 * The options that lead a client of Google's to an emulator, without encryption and credentials.
 * @param hostAndPort such as `127.0.0.1:8123`
 */
export function insecureEndpoint(hostAndPort: string) {
  const { hostname, port } = new URL(`http://${hostAndPort}`);
  return {
    apiEndpoint: hostname,
    port: Number(port || 80),
    sslCreds: grpc.credentials.createInsecure(),
  };
}
