import { type ControlRoute, sendJson } from '@waybill/emulator-kit';
import type { FaultPlan } from './fault-plan.ts';
import { FaultSettingsError, readFaultSettings } from './fault-settings.ts';

/** The control routes for faults. */
export function faultRoutes(
  plan: FaultPlan,
): Record<'GET /emulator/faults' | 'POST /emulator/faults', ControlRoute> {
  const state = (): object => ({ faults: plan.settings ?? null, counts: plan.counts });
  return {
    /** The settings, null where there are none, and how often each fault was injected since the start. */
    'GET /emulator/faults': (_request, response) => sendJson(response, 200, state()),
    /** Sets the faults; `null` turns them off. A restart forgets that. */
    'POST /emulator/faults': (_request, response, body) => {
      try {
        plan.set(body === null ? undefined : readFaultSettings(body));
      } catch (error) {
        if (!(error instanceof FaultSettingsError)) throw error;
        sendJson(response, 400, { status: 400, code: error.code, title: error.message });
        return;
      }
      sendJson(response, 200, state());
    },
  };
}
