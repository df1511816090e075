import { once } from 'node:events';
import { type ControlRoute, sendJson } from '@waybill/emulator-kit';
import type { CloudTasksEngine } from '../engine/cloud-tasks-engine.ts';

/** The emulator's own routes, beside those that every emulator has. */
export function controlRoutes(engine: CloudTasksEngine): Record<`POST /emulator/${string}`, ControlRoute> {
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
      sendJson(response, 200, { reset: true });
    },
  };
}
