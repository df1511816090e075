import { findFreePort } from '@waybill/emulator-kit';
import type { EmulatorProcesses } from '../processes/emulator-processes.ts';
import { HOST } from '../settings/local-settings.ts';
import { refuseTakenPorts } from './refuse-taken-ports.ts';

/** Where the parts listen; 0 takes a free port. */
export interface StackPorts {
  readonly frontDoor: number;
  readonly cloudTasks: number;
  readonly firestore: number;
  readonly smtp: number;
}

/** Where the parts of a running stack listen. */
export interface RunningPorts extends StackPorts {
  readonly payments: number;
  readonly warehouse: number;
}

/**
 * Checks the wanted ports and chooses those that must be known before anything listens: the front door and Cloud Tasks
 * each need the other's.
 * @param waitMs how long a port may still be taken by the processes of a stack that was killed
 * @throws {PortsTakenError} naming every port that is taken
 */
export async function reservePorts(wanted: Partial<StackPorts>, waitMs: number): Promise<StackPorts> {
  const { frontDoor = 0, cloudTasks = 0, firestore = 0, smtp = 0 } = wanted;
  await refuseTakenPorts(
    [
      { port: frontDoor, purpose: 'the front door', flag: '--port' },
      { port: cloudTasks, purpose: 'Cloud Tasks', flag: '--tasks-port' },
      { port: firestore, purpose: 'Firestore', flag: '--firestore-port' },
      { port: smtp, purpose: 'the mailbox', flag: '--smtp-port' },
    ],
    { host: HOST, waitMs },
  );
  return {
    frontDoor: frontDoor || (await findFreePort(HOST)),
    cloudTasks: cloudTasks || (await findFreePort(HOST)),
    firestore,
    smtp,
  };
}

/** The ports of a stack whose emulators have started; Cloud Tasks may start later, on the port that is reserved for it. */
export function runningPorts(reserved: StackPorts, emulators: EmulatorProcesses): RunningPorts {
  return {
    frontDoor: reserved.frontDoor,
    cloudTasks: reserved.cloudTasks,
    firestore: emulators['firestore-emulator'].port,
    smtp: emulators.mailbox.port,
    payments: emulators['payment-sandbox'].port,
    warehouse: emulators.warehouse.port,
  };
}
