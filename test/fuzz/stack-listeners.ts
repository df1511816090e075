import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { LocalStack } from '@waybill/local-stack';
import { listeningSocketsOf } from '../src/support/listening-sockets.ts';
import { descendantsOf } from '../src/support/process-tree.ts';

/** A port of a running stack that takes connections. */
export interface StackListener {
  readonly name: string;
  readonly port: number;
  /** Host headers that it knows. */
  readonly hosts: readonly string[];
}

const LOOPBACK_HOSTS = ['localhost', '127.0.0.1', '[::1]'];

/** Every listener of a stack that runs in this process. */
export function listenersOf(stack: LocalStack, dataDir: string): StackListener[] {
  const { ports, appEngine } = stack;
  const { url } = JSON.parse(readFileSync(join(dataDir, 'control.json'), 'utf8')) as { url: string };
  const services = appEngine.services();
  const serviceHosts = services.map(({ service }) =>
    service === 'default' ? 'localhost' : `${service}.localhost`,
  );
  return [
    { name: 'front door', port: ports.frontDoor, hosts: serviceHosts },
    { name: 'Cloud Tasks', port: ports.cloudTasks, hosts: LOOPBACK_HOSTS },
    { name: 'Firestore', port: ports.firestore, hosts: LOOPBACK_HOSTS },
    { name: 'control server', port: Number(new URL(url).port), hosts: LOOPBACK_HOSTS },
    { name: 'payment sandbox', port: ports.payments, hosts: LOOPBACK_HOSTS },
    { name: 'warehouse', port: ports.warehouse, hosts: LOOPBACK_HOSTS },
    { name: 'mailbox', port: ports.smtp, hosts: LOOPBACK_HOSTS },
    ...services.flatMap(({ service, instances }) =>
      instances.flatMap(({ port }) =>
        port === undefined ? [] : [{ name: service, port, hosts: serviceHosts }],
      ),
    ),
  ];
}

/** The sockets on which this process and all that it has started listen. Linux only. */
export function listeningSocketsOfStack(): ReturnType<typeof listeningSocketsOf> {
  return listeningSocketsOf([process.pid, ...descendantsOf(process.pid).map(({ pid }) => pid)]);
}
