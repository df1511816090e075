import type { AppEngineEmulator } from '@waybill/app-engine-emulator';
import { sourceName } from '../settings/service-names.ts';
import { readLogLine } from './read-log-line.ts';
import type { StackEvents } from './stack-events.ts';

/** States of an instance that count as warnings on a laptop. */
const WARNING_STATES: readonly string[] = ['died', 'backing-off', 'warmup-failed'];

/** Forwards the services' log lines, the states of instances and cron jobs, and differences from App Engine. */
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
  emulator.events.on('warning', ({ service, version, message }) => {
    events.add({
      source: sourceName(service, version),
      event: 'service.differs',
      severity: 'WARNING',
      message,
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
