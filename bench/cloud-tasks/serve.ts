import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import * as grpc from '@grpc/grpc-js';
import { startCloudTasksEmulator } from '@waybill/cloud-tasks-emulator';
import { AllowedHosts, GrpcServer, listenOnOnePort } from '@waybill/emulator-kit';
import { EMPTY_PATH } from './scenario.ts';
import type { ServerKind, ServerMessage, ServerWish } from './server-kinds.ts';

const bytes = (value: Buffer): Buffer => value;
const service = {
  empty: {
    path: EMPTY_PATH,
    requestStream: false,
    responseStream: false,
    requestSerialize: bytes,
    requestDeserialize: bytes,
    responseSerialize: bytes,
    responseDeserialize: bytes,
  },
};
const EMPTY = Buffer.alloc(0);

async function start(kind: ServerKind): Promise<number> {
  switch (kind) {
    case 'grpc-js': {
      const server = new grpc.Server();
      server.addService(service, {
        empty: (_call: unknown, callback: grpc.sendUnaryData<Buffer>) => callback(null, EMPTY),
      });
      const insecure = grpc.ServerCredentials.createInsecure();
      return new Promise((resolve, reject) =>
        server.bindAsync('127.0.0.1:0', insecure, (error, port) => (error ? reject(error) : resolve(port))),
      );
    }
    case 'kit': {
      const server = new GrpcServer();
      server.addService(service, { empty: (_call, respond) => respond(null, EMPTY) });
      const { port } = await listenOnOnePort({
        host: '127.0.0.1',
        port: 0,
        hosts: new AllowedHosts(),
        grpc: server,
        http: (_request, response) => response.end(),
      });
      return port;
    }
    default:
      return startEmulator(kind === 'durable', process.argv[3]);
  }
}

async function startEmulator(isDurable: boolean, given: string | undefined): Promise<number> {
  const own = isDurable && given === undefined ? mkdtempSync(join(tmpdir(), 'waybill-bench-')) : undefined;
  if (own !== undefined) process.on('exit', () => rmSync(own, { recursive: true, force: true }));
  const dataDir = given ?? own;
  const emulator = await startCloudTasksEmulator({ port: 0, ...(dataDir !== undefined && { dataDir }) });
  return emulator.port;
}

const port = await start(process.argv[2] as ServerKind);
let before = process.cpuUsage();
const tell = (wish: ServerWish = {}): void => {
  const used = process.cpuUsage(before);
  if (wish.collectsGarbage === true) globalThis.gc?.();
  // The bench causes the collection, so its time is not the server's.
  before = process.cpuUsage();
  const message: ServerMessage = {
    port,
    cpuMicros: used.user + used.system,
    residentBytes: process.memoryUsage.rss(),
  };
  process.send?.(message);
};
process.on('message', tell);
// The bench ends its servers by hanging up.
process.on('disconnect', () => process.exit());
tell();
