import { TaskReader } from '@waybill/task-runtime';
import { adoptedTaskId } from '@waybill/task-runtime/operator';
import { DeploymentError } from '../deployment-error.ts';
import { type EmulatedCloud, REHEARSAL_LOCATION, REHEARSAL_PROJECT } from './emulated-cloud.ts';

/** A payload as some version of a contract was sent, and may still wait in a queue. */
export interface Fixture {
  /** For messages: where it is from. */
  readonly name: string;
  readonly queue: string;
  /** The worker's path: `/tasks/charge-payment/v1`. */
  readonly path: string;
  readonly payload: unknown;
}

/** Codes of tasks that are dead because the worker could not read them, whatever its handler would have done. */
const UNREADABLE: ReadonlySet<unknown> = new Set(['CONTRACT_VIOLATION', 'UP_CAST_FAILED']);

/**
 * Delivers each fixture through Cloud Tasks. The worker must read it: what its handler then makes of it (an order of
 * yesterday is not there in a rehearsal) does not matter.
 * @throws {DeploymentError} naming each fixture that is not understood any more
 */
export async function replayFixtures(
  cloud: EmulatedCloud,
  fixtures: readonly Fixture[],
  timeoutMs: number,
): Promise<void> {
  const parent = (queue: string) => cloud.tasks.queuePath(REHEARSAL_PROJECT, REHEARSAL_LOCATION, queue);
  const sent = await Promise.all(
    fixtures.map(async (fixture, index) => {
      const taskName = `fixture-${index}`;
      try {
        await cloud.tasks.createTask({
          parent: parent(fixture.queue),
          task: {
            name: `${parent(fixture.queue)}/tasks/${taskName}`,
            appEngineHttpRequest: {
              relativeUri: fixture.path,
              headers: { 'Content-Type': 'application/json' },
              body: Buffer.from(JSON.stringify(fixture.payload)),
            },
          },
        });
        return { fixture, taskName };
      } catch (error) {
        return { fixture, taskName, problem: `queue "${fixture.queue}": ${(error as Error).message}` };
      }
    }),
  );
  const reader = new TaskReader(cloud.firestore);
  const problems: string[] = [];
  for (const { fixture, taskName, problem } of sent) {
    const why = problem ?? (await problemOf(fixture, taskName));
    if (why !== undefined) problems.push(`${fixture.name}: ${why}`);
  }
  if (problems.length === 0) return;
  throw new DeploymentError(
    `tasks that may still be queued are not understood: ${problems.join('; ')}. Keep the old version beside the new one`,
  );

  async function problemOf({ queue }: Fixture, taskName: string): Promise<string | undefined> {
    const dispatch = await cloud.waitFor(
      () => cloud.dispatched.find(({ task }) => task === taskName),
      timeoutMs,
    );
    if (dispatch === undefined) return 'was not delivered in time';
    const { status, error } = dispatch;
    // From 500 on the worker had read it and its handler failed; below that it was refused.
    if (status === undefined || (status >= 300 && status < 500)) return `was refused: ${status ?? error}`;
    const record = await reader.find(adoptedTaskId(queue, taskName));
    if (record?.state !== 'dead' || !UNREADABLE.has(record.error?.code)) return undefined;
    return record.error?.message;
  }
}
