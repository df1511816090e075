import type { CloudTasksEngine } from '../engine/cloud-tasks-engine.ts';
import type { UnaryMethod } from './api-services.ts';

/** Lets an answer out, a refusal too, only once what it is based on is on the disk. */
export function settled(engine: CloudTasksEngine, method: UnaryMethod): UnaryMethod {
  return async (request) => {
    try {
      return await method(request);
    } finally {
      await engine.committed();
    }
  };
}
