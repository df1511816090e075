import type { Catalogue } from '@waybill/contract-kit';
import { formatHumanDuration } from '@waybill/emulator-kit/human-duration';
import type { QueueFacts } from '../readiness/await-parts.ts';
import type { ServiceDebugger } from '../services/start-services.ts';

/** Facts that `npm start` prints once everything answers. */
export interface BannerFacts {
  readonly ports: {
    frontDoor: number;
    cloudTasks: number;
    firestore: number;
    smtp: number;
    warehouse: number;
  };
  /** The hosts of the services beside `default`: `worker.localhost`. */
  readonly serviceHosts: readonly string[];
  /** The debugger port of each service; none without --inspect. */
  readonly debuggers: readonly ServiceDebugger[];
  readonly dataDir: string;
  /** The folder for CLOUDSDK_CONFIG. */
  readonly gcloudConfig: string;
  /** Added to the commands, where the data folder is not the default one. */
  readonly dataDirFlag: string;
  readonly clockOffsetMs: number;
  readonly queues: readonly QueueFacts[];
  readonly catalogue: Catalogue;
  readonly exampleProductId: string;
  readonly tookMs: number;
}

/** Lists the banner's lines; the last is `ready`. */
export function bannerLines(facts: BannerFacts): string[] {
  const { ports, queues, catalogue, dataDirFlag } = facts;
  const door = `http://localhost:${ports.frontDoor}`;
  const order = JSON.stringify({
    email: 'ada@example.com',
    items: [{ productId: facts.exampleProductId, quantity: 1 }],
  });
  const clock =
    facts.clockOffsetMs === 0
      ? []
      : [['clock', `${formatHumanDuration(facts.clockOffsetMs)} ahead`, ''] as const];
  return [
    `Everything answers after ${(facts.tookMs / 1000).toFixed(1)} s`,
    '',
    ...table([
      ['shop', door, 'service default'],
      ...facts.serviceHosts.map((host) => ['', `http://${host}:${ports.frontDoor}`, ''] as const),
      ['Cloud Tasks', `127.0.0.1:${ports.cloudTasks}`, 'gRPC and REST'],
      ['Firestore', `127.0.0.1:${ports.firestore}`, 'gRPC (FIRESTORE_EMULATOR_HOST)'],
      ['mail', `127.0.0.1:${ports.smtp}`, 'SMTP'],
      ['warehouse', `http://127.0.0.1:${ports.warehouse}/shipments`, 'what it was told to send'],
      ...facts.debuggers.map(
        ({ service, port }, index) =>
          [
            index === 0 ? 'debugger' : '',
            `127.0.0.1:${port}`,
            `service ${service} (chrome://inspect or VS Code)`,
          ] as const,
      ),
      ['data', facts.dataDir, ''],
      ...clock,
    ]),
    '',
    'Queues',
    ...table(queues.map((queue) => [queue.name, rateText(queue), ''])),
    '',
    'Contracts',
    ...table(
      catalogue.contracts.map(({ name, version, path, queue }) => [
        `${name} v${version}`,
        `POST ${path}`,
        `queue ${queue}`,
      ]),
    ),
    '',
    'Place an order',
    `  curl -i ${door}/api/orders -H 'content-type: application/json' -d '${order}'`,
    'Deploy to this machine with gcloud, from another terminal',
    `  export CLOUDSDK_CONFIG=${facts.gcloudConfig}`,
    'Move the clock a day ahead',
    `  npm run clock -- advance 24h${dataDirFlag}`,
    'Read the mails it sent',
    `  npm run mail${dataDirFlag === '' ? '' : ` --${dataDirFlag}`}`,
    'Ctrl-C ends everything; the next start goes on where this one stopped.',
    '',
    'ready',
  ];
}

function rateText({ maxDispatchesPerSecond, maxConcurrentDispatches }: QueueFacts): string {
  return `${maxDispatchesPerSecond} per second, ${maxConcurrentDispatches} at a time`;
}

/** Columns as wide as their widest cell. */
function table(rows: readonly (readonly [string, string, string])[]): string[] {
  const width = (column: number): number => Math.max(...rows.map((row) => (row[column] ?? '').length));
  const widths = [width(0), width(1)];
  return rows.map((row) =>
    `  ${row.map((cell, column) => cell.padEnd(widths[column] ?? 0)).join('  ')}`.trimEnd(),
  );
}
