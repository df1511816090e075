import type { Catalogue } from '@waybill/contract-kit';
import type { TaskState } from '@waybill/task-runtime';
import { type TaskFilter, TaskFilterError } from '@waybill/task-runtime/operator';
import type { FilterChoices } from '../pages/tasks-page.ts';

/** The states, in the order of a task's life. */
const STATES = [
  'pending',
  'running',
  'succeeded',
  'dead',
  'cancelled',
  'discarded',
] as const satisfies readonly TaskState[];

/** Tasks on a page of a list. */
export const PAGE_SIZE = 25;

/**
 * The filter in a list's address. Empty members count as none.
 * @throws {TaskFilterError} for a state that there is not
 */
export function parseFilter(query: URLSearchParams): TaskFilter {
  const text = (name: string): string | undefined => query.get(name)?.trim().slice(0, 600) || undefined;
  const given = text('state');
  const state = STATES.find((candidate) => candidate === given);
  if (given !== undefined && state === undefined) {
    throw new TaskFilterError(`a task's state is one of ${STATES.join(', ')}`);
  }
  const { contract, queue, service, subject, outcome } = {
    contract: text('contract'),
    queue: text('queue'),
    service: text('service'),
    subject: text('subject'),
    outcome: text('outcome'),
  };
  return {
    ...(state !== undefined && { state }),
    ...(contract !== undefined && { contract }),
    ...(queue !== undefined && { queue }),
    ...(service !== undefined && { service }),
    ...(subject !== undefined && { subject }),
    ...(outcome !== undefined && { outcome }),
    ...(query.get('overdue') === '1' && { overdue: true }),
    ...(query.get('failing') === '1' && { failing: true }),
  };
}

/** The choices of the filters. */
export function choicesOf(catalogue: Catalogue): FilterChoices {
  return {
    states: STATES,
    contracts: [...new Set(catalogue.contracts.map(({ name }) => name))].sort(),
    queues: catalogue.physicalQueues,
    services: catalogue.services,
    outcomes: [...new Set(catalogue.contracts.flatMap(({ outcomes }) => outcomes))].sort(),
  };
}
