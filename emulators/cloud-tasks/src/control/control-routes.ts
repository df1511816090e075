import { once } from 'node:events';
import type { ServerResponse } from 'node:http';
import { type ControlRoute, parseRequestTarget, sendJson } from '@waybill/emulator-kit';
import type { CloudTasksEngine } from '../engine/cloud-tasks-engine.ts';
import type { AttemptLog } from './attempt-log.ts';

/** The emulator's own routes, beside those that every emulator has. */
export function controlRoutes(
  engine: CloudTasksEngine,
  attempts: AttemptLog,
): Record<`${'GET' | 'POST'} /emulator/${string}`, ControlRoute> {
  return {
    /**
     * Holds back all dispatches for as long as the request's connection is open. The line `held` comes once those
     * that were open have ended. A holder that dies releases them by that.
     */
    'POST /emulator/dispatch:hold': async (_request, response) => {
      const hold = engine.hold();
      const closed = once(response, 'close');
      try {
        response.writeHead(200, { 'content-type': 'text/plain; charset=utf-8' });
        response.flushHeaders();
        await Promise.race([hold.held, closed]);
        if (!response.destroyed) response.write('held\n');
        await closed;
      } finally {
        hold.release();
      }
    },
    /** Answers once no dispatch is open and no task is due in a queue that runs. */
    'POST /emulator/idle:wait': async (_request, response) => {
      await engine.whenIdle();
      sendJson(response, 200, { idle: true });
    },
    /** Drops all tasks and all reserved names; queues stay. */
    'POST /emulator/reset': async (_request, response) => {
      await engine.reset();
      attempts.clear();
      sendJson(response, 200, { reset: true });
    },
    /** Sends what is due now, whatever rates, caps and pauses say; with `{"all": true}` what is due later, too. */
    'POST /emulator/due:run': (_request, response, body) => {
      const { all = false } = (body ?? {}) as { all?: unknown };
      if (typeof all !== 'boolean') {
        sendProblem(response, 'BAD_RUN', `all must be true or false, got ${JSON.stringify(all)}`);
        return;
      }
      sendJson(response, 200, { started: engine.runDue(all ? 'all' : 'due') });
    },
    /** The last attempts, of finished tasks too: `?queue=`, `?task=` and `?limit=` choose. */
    'GET /emulator/attempts': (request, response) => {
      const query = new URLSearchParams(parseRequestTarget(request.url).query);
      const limit = query.get('limit');
      if (limit !== null && !/^\d{1,6}$/.test(limit)) {
        sendProblem(response, 'BAD_LIMIT', `limit must be a whole number from 0 on, got "${limit}"`);
        return;
      }
      sendJson(response, 200, {
        attempts: attempts.list({
          queue: query.get('queue') ?? undefined,
          task: query.get('task') ?? undefined,
          ...(limit !== null && { limit: Number(limit) }),
        }),
      });
    },
  };
}

function sendProblem(response: ServerResponse, code: string, title: string): void {
  sendJson(response, 400, { status: 400, code, title });
}
