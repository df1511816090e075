import type { AppEngineEmulator } from '@waybill/app-engine-emulator';
import { readLogLine } from './read-log-line.ts';
import type { StackEvents } from './stack-events.ts';

/** The version that a service has where none is named. */
export const DEFAULT_VERSION = 'v1';

/** Loud in the log of a laptop; the rest of an instance's life is not. */
const WARNING_STATES: readonly string[] = ['died', 'backing-off', 'warmup-failed'];

/** Passes on what App Engine's services log, and how their instances live and die. */
export function forwardAppEngineEvents(emulator: AppEngineEmulator, events: StackEvents): void {
  emulator.events.on('log', ({ service, version, line, stream }) => {
    if (line !== '') events.add({ source: sourceName(service, version), ...readLogLine(line, stream) });
  });
  emulator.events.on('instance', ({ service, version, state, detail }) => {
    events.add({
      source: sourceName(service, version),
      event: `process.${state}`,
      severity: WARNING_STATES.includes(state) ? 'WARNING' : 'INFO',
      message: detail,
      fields: {},
    });
  });
  emulator.events.on('cron', ({ job, state, detail }) => {
    events.add({
      source: 'cron',
      event: `cron.${state}`,
      severity: state === 'failed' ? 'WARNING' : 'INFO',
      message: `${job}: ${detail}`,
      fields: { job },
    });
  });
}

/** How people call a service: by the name of its folder in apps/; another version than the first is named too. */
function sourceName(service: string, version: string): string {
  const name = service === 'default' ? 'frontend' : service;
  return version === DEFAULT_VERSION ? name : `${name}@${version}`;
}
