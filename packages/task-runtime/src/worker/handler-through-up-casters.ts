import { type Catalogue, type TaskContract, UpCastError, upCast } from '@waybill/contract-kit';
import type { TaskHandler } from './task-handler.ts';

/**
 * The handler of an older version that has none of its own: the payload, which has been validated against its own version,
 * is turned into that of the newer version that has a handler, validated against that, and handed to its handler. Deadline
 * and limits stay the older contract's, for by them the task was sent.
 * @returns undefined if no up-casters lead to a version with a handler
 */
export function handlerThroughUpCasters(
  catalogue: Catalogue,
  contract: TaskContract,
  handlers: ReadonlyMap<string, TaskHandler>,
): TaskHandler | undefined {
  const newer = nextWithHandler(catalogue, contract, handlers);
  if (newer === undefined) return undefined;
  const newest = (payload: unknown): unknown => upCast(catalogue, contract, newer.contract, payload);
  return {
    contract,
    outcomes: newer.outcomes,
    handle: async (payload, context) => newer.handle(newest(payload), context),
    onDead: async (dead, transaction) =>
      newer.onDead({ ...dead, payload: readable(newest, dead.payload) }, transaction),
  };
}

function nextWithHandler(
  catalogue: Catalogue,
  contract: TaskContract,
  handlers: ReadonlyMap<string, TaskHandler>,
): TaskHandler | undefined {
  const step = catalogue.upCasterFrom(contract.name, contract.version);
  if (step === undefined) return undefined;
  return handlers.get(step.to.path) ?? nextWithHandler(catalogue, step.to, handlers);
}

/** A payload that can't be turned may be the very reason why its task is dead; compensation then goes by the subject. */
function readable(newest: (payload: unknown) => unknown, payload: unknown): unknown {
  if (payload === undefined) return undefined;
  try {
    return newest(payload);
  } catch (error) {
    if (error instanceof UpCastError) return undefined;
    throw error;
  }
}
