import type { UnaryMethod } from '../api/api-services.ts';
import { CloudTasksError } from '../engine/cloud-tasks-error.ts';
import type { FaultPlan } from './fault-plan.ts';

/** The same methods, of which a plan refuses some calls with UNAVAILABLE: before they take effect, or after. */
export function refuseCalls<Name extends string>(
  methods: Readonly<Record<Name, UnaryMethod>>,
  plan: FaultPlan,
): Record<Name, UnaryMethod> {
  const refused = (name: string, method: UnaryMethod): UnaryMethod => {
    return async (request) => {
      const fault = plan.ofCall(name, resourceOf(request));
      if (fault === 'before') throw unavailable();
      const response = await method(request);
      if (fault === 'after') throw unavailable();
      return response;
    };
  };
  const entries = Object.entries<UnaryMethod>(methods).map(([name, method]) => [name, refused(name, method)]);
  return Object.fromEntries(entries) as Record<Name, UnaryMethod>;
}

/** What a call is about, so that a repeat is known as one. */
function resourceOf(request: object): string {
  const { name, parent, task } = request as {
    name?: string | null;
    parent?: string | null;
    task?: { name?: string | null } | null;
  };
  return task?.name || name || parent || '';
}

function unavailable(): CloudTasksError {
  return new CloudTasksError('UNAVAILABLE', 'The service is currently unavailable.');
}
