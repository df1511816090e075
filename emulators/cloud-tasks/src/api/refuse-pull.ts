import { CloudTasksError } from '../engine/cloud-tasks-error.ts';

/** Refuses what belongs to pull queues. @throws {CloudTasksError} always */
export function refusePull(field: string): never {
  throw new CloudTasksError(
    'UNIMPLEMENTED',
    `This emulator doesn't implement pull queues: ${field}. Use a push queue.`,
  );
}
