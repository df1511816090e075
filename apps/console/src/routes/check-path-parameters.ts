import type Router from '@koa/router';
import type { ServiceState } from '@waybill/service-kit';
import { isTaskId } from '@waybill/task-runtime/operator';

/** The form of each parameter in a path of the console, after it is decoded. */
const PARAMETERS: Readonly<Record<string, (value: string) => boolean>> = {
  taskId: (value) => isTaskId(value) && !hasControlCharacter(value),
  queue: (value) => /^[A-Za-z0-9-]{1,100}$/.test(value),
  action: (value) => /^[a-z-]{1,40}$/.test(value),
};

/**
 * Lets a router's routes answer 404 where a path parameter has not its form once it is decoded: `..%2f` would become
 * part of a resource's name.
 */
export function checkPathParameters(router: Router<ServiceState>): Router<ServiceState> {
  for (const [name, hasForm] of Object.entries(PARAMETERS)) {
    router.param(name, async (value, _ctx, next) => {
      if (hasForm(value)) await next();
    });
  }
  return router;
}

function hasControlCharacter(text: string): boolean {
  return /\p{Cc}/u.test(text);
}
