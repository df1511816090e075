import { trustedTokenHeader } from '@waybill/app-engine-emulator';
import { DATABASE_GONE_EXIT_CODE } from '@waybill/emulator-kit';
import type { StackClock } from '../clock/stack-clock.ts';
import type { DataDir } from '../data-dir/data-dir.ts';
import { readLogLine } from '../events/read-log-line.ts';
import type { StackEvents } from '../events/stack-events.ts';
import { HOST, LOCATION, PROJECT, WAREHOUSE_SECRET } from '../settings/local-settings.ts';
import { type EmulatorName, emulatorScripts } from './emulator-scripts.ts';
import { SupervisedProcess } from './supervised-process.ts';

/** The emulators that run as processes of their own, by name; none is started yet. */
export type EmulatorProcesses = Readonly<Record<EmulatorName, SupervisedProcess>>;

/** Everything that the emulators' processes are started with. */
export interface EmulatorProcessesOptions {
  /** Holds a folder per emulator. */
  readonly dataDir: DataDir;
  readonly environment: Readonly<Record<string, string>>;
  readonly ports: { firestore: number; cloudTasks: number; smtp: number; frontDoor: number };
  readonly queuesFile: string;
  /** The firestore.indexes.json by which Firestore refuses queries and deletes expired documents; undefined: it serves all. */
  readonly indexesFile: string | undefined;
  /** Whether tasks may carry tokens over plain http, as they do on loopback. */
  readonly allowLoopbackHttpTokens: boolean;
  readonly cloudTasksFaults: Readonly<Record<string, number>> | undefined;
  readonly firestoreFaults: Readonly<Record<string, number>> | undefined;
  /** Host names that requests may carry beside `localhost` and loopback addresses. */
  readonly allowHosts: readonly string[];
  /** Shows the front door that a request is Cloud Tasks' own. */
  readonly trustedToken: string;
  readonly clock: StackClock;
  readonly events: StackEvents;
}

/** Creates the emulators' processes. Each stores its data in a folder of its name; its clock is set at each start. */
export function createEmulatorProcesses(options: EmulatorProcessesOptions): EmulatorProcesses {
  const { dataDir, environment, ports, allowHosts, clock, events } = options;
  const processes: SupervisedProcess[] = [];
  const make = (
    name: EmulatorName,
    wanted: { port: number; args?: string[]; environment?: Record<string, string>; followsClock?: boolean },
  ): SupervisedProcess => {
    const made = new SupervisedProcess({
      name,
      script: emulatorScripts[name],
      args: (port) => [
        ...['--host', HOST, '--port', String(port ?? wanted.port), '--data-dir', dataDir.folder(name)],
        ...allowHosts.flatMap((name) => ['--allow-host', name]),
        ...(wanted.args ?? []),
      ],
      environment: { ...environment, ...wanted.environment },
      ...(wanted.followsClock && { prepare: (port: number) => clock.set(port) }),
      // A restart would serve an empty store as if it had always been empty.
      mayRestart(exitCode) {
        if (exitCode === DATABASE_GONE_EXIT_CODE) dataDir.reportGone();
        return exitCode !== DATABASE_GONE_EXIT_CODE && dataDir.isInPlace();
      },
      onLine: (line, stream) => events.add({ source: name, ...readLogLine(line, stream) }),
      onEvent: ({ state, detail }) => {
        if (state === 'started') {
          dataDir.rememberPids(processes.flatMap(({ pid }) => (pid === undefined ? [] : [pid])));
        }
        events.add({
          source: name,
          event: `process.${state}`,
          severity: state === 'died' ? 'WARNING' : 'INFO',
          message: detail,
          fields: {},
        });
      },
    });
    processes.push(made);
    return made;
  };
  return {
    'firestore-emulator': make('firestore-emulator', {
      port: ports.firestore,
      followsClock: true,
      args: options.indexesFile === undefined ? [] : ['--indexes', options.indexesFile],
      ...(options.firestoreFaults && {
        environment: { FIRESTORE_EMULATOR_FAULTS: JSON.stringify(options.firestoreFaults) },
      }),
    }),
    'cloud-tasks-emulator': make('cloud-tasks-emulator', {
      port: ports.cloudTasks,
      followsClock: true,
      args: [
        ...['--queues', options.queuesFile, '--project', PROJECT, '--location', LOCATION],
        ...['--app-engine-url', `http://${HOST}:${ports.frontDoor}`],
        ...(options.allowLoopbackHttpTokens ? ['--allow-loopback-http-tokens'] : []),
      ],
      // In the environment: every user of the machine can read arguments.
      environment: {
        CLOUD_TASKS_EMULATOR_APP_ENGINE_HEADER: `${trustedTokenHeader}: ${options.trustedToken}`,
        ...(options.cloudTasksFaults && {
          CLOUD_TASKS_EMULATOR_FAULTS: JSON.stringify(options.cloudTasksFaults),
        }),
      },
    }),
    'payment-sandbox': make('payment-sandbox', { port: 0, followsClock: true }),
    mailbox: make('mailbox', { port: ports.smtp, args: ['--clock-dir', dataDir.path] }),
    warehouse: make('warehouse', { port: 0, environment: { WAREHOUSE_SECRET } }),
  };
}
