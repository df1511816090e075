import type { AppEngineEmulator } from '@waybill/app-engine-emulator';
import { serviceOfFolder } from '@waybill/google-config';
import { type Mail, readMailbox, type Shipment } from '@waybill/sandboxes';
import { type Charge, type Refund, readCharges, readRefunds } from '../clients/read-charges.ts';
import { readShipments } from '../clients/read-shipments.ts';
import type { StackClock } from '../clock/stack-clock.ts';
import type { DataDir, DataDirError } from '../data-dir/data-dir.ts';
import type { StackEvent, StackEvents } from '../events/stack-events.ts';
import type { RunningPorts } from '../ports/stack-ports.ts';
import type { EmulatorProcesses } from '../processes/emulator-processes.ts';
import type { EmulatorName } from '../processes/emulator-scripts.ts';
import { awaitServices } from '../readiness/await-parts.ts';
import { HOST, PROJECT } from '../settings/local-settings.ts';
import { DEFAULT_VERSION, hostOf } from '../settings/service-names.ts';

/** Something that can be killed: an emulator's process, or all processes of a service, by its folder in apps/. */
export type KillableName = EmulatorName | (string & {});

/** A stack that runs. */
export interface LocalStack {
  readonly ports: RunningPorts;
  readonly urls: {
    /** The default service. Others are reached with the Host header `worker.localhost`. */
    readonly frontDoor: string;
    readonly cloudTasks: string;
    readonly firestore: string;
    readonly payments: string;
  };
  readonly project: string;
  /** App Engine itself: its services, versions, cron. */
  readonly appEngine: AppEngineEmulator;
  /** Headers by which the front door takes a request for App Engine's own, such as a delivery of Cloud Tasks. */
  readonly trustedHeaders: Readonly<Record<string, string>>;
  /** The events so far, oldest first. */
  readonly events: readonly StackEvent[];
  /** The first event that fits, of those that have happened and those to come. @throws {Error} if none came in time */
  waitForEvent(predicate: (event: StackEvent) => boolean, timeoutMs: number): Promise<StackEvent>;
  /** Sends a signal; resolves when the process has ended. It is started again. */
  killProcess(name: KillableName, signal: NodeJS.Signals): Promise<void>;
  /** Kills an emulator and keeps it down until the returned function is called. */
  takeDown(name: EmulatorName): Promise<() => void>;
  /** Resolves once a process that was killed answers again. */
  whenReady(name: KillableName): Promise<void>;
  /** How far the clock is ahead of the machine's, in milliseconds. */
  readonly clockOffsetMs: number;
  /** Moves the clock of all parts ahead. */
  advance(advanceMs: number): Promise<void>;
  /** The mails in the mailbox, oldest first. */
  mails(): Promise<Mail[]>;
  /** The charges of the payment sandbox, oldest first. */
  charges(): Promise<Charge[]>;
  /** The refunds of the payment sandbox, oldest first. */
  refunds(): Promise<Refund[]>;
  /** The shipments that the warehouse was told of, oldest first. */
  shipments(): Promise<Shipment[]>;
  /** Resolves with the reason when the stack can't go on: its data folder was removed or replaced. Then close it. */
  readonly failed: Promise<DataDirError>;
  /** Stops everything in order. */
  close(): Promise<void>;
}

/** The parts of a stack that runs. */
export interface RunningParts {
  readonly dataDir: DataDir;
  readonly clock: StackClock;
  readonly events: StackEvents;
  readonly emulators: EmulatorProcesses;
  readonly appEngine: AppEngineEmulator;
  readonly trustedHeaders: Readonly<Record<string, string>>;
  readonly ports: RunningPorts;
  /** Stops everything in order. */
  readonly close: () => Promise<void>;
}

/** Gives the parts of a running stack one handle. */
export function createLocalStack(parts: RunningParts): LocalStack {
  const { dataDir, clock, events, emulators, appEngine, trustedHeaders, ports, close } = parts;
  const followers = {
    usedByTasks: [emulators['firestore-emulator'], emulators['payment-sandbox']],
    cloudTasks: emulators['cloud-tasks-emulator'],
  };
  return {
    ports,
    urls: {
      frontDoor: `http://${HOST}:${ports.frontDoor}`,
      cloudTasks: `http://${HOST}:${ports.cloudTasks}`,
      firestore: `http://${HOST}:${ports.firestore}`,
      payments: `http://${HOST}:${ports.payments}`,
    },
    project: PROJECT,
    appEngine,
    trustedHeaders,
    get events() {
      return events.all;
    },
    waitForEvent: (predicate, timeoutMs) => events.waitFor(predicate, timeoutMs),
    killProcess: (name, signal) =>
      isEmulator(name)
        ? emulators[name].kill(signal)
        : appEngine.killInstance(serviceOfFolder(name), undefined, signal),
    takeDown: (name) => emulators[name].takeDown(),
    whenReady: (name) =>
      isEmulator(name)
        ? emulators[name].whenReady()
        : awaitServices([hostOf(serviceOfFolder(name), DEFAULT_VERSION)], ports.frontDoor),
    get clockOffsetMs() {
      return clock.clock.offsetMs;
    },
    advance: (advanceMs) => clock.advance(advanceMs, followers),
    mails: () => readMailbox(dataDir.folder('mailbox')),
    charges: () => readCharges(ports.payments),
    refunds: () => readRefunds(ports.payments),
    shipments: () => readShipments(ports.warehouse),
    failed: dataDir.gone,
    close,
  };

  function isEmulator(name: KillableName): name is EmulatorName {
    return name in emulators;
  }
}
