// `@waybill/service-kit/testing`: for the tests of services.
export { type SecretManagerStandIn, startSecretManagerStandIn } from './secret-manager-stand-in.ts';
export {
  type ListeningProcess,
  type ProcessEnvironment,
  refusedServiceProcess,
  runServiceProcess,
} from './service-process.ts';
export { startTestServer, type TestServer } from './test-server.ts';
