import type { EmulatorEventMap, EmulatorEvents } from './engine/emulator-events.ts';

const LOGGED = [
  'taskCreated',
  'dispatchStarted',
  'dispatchEnded',
  'taskCompleted',
  'taskDropped',
  'unknownField',
] as const satisfies readonly (keyof EmulatorEventMap)[];

/** Writes one line of JSON for each event: its name as `event`, then what it carries. */
export function logEvents(events: EmulatorEvents, write: (line: string) => void): void {
  for (const event of LOGGED) {
    events.on(event, (payload: object) => write(`${JSON.stringify({ event, ...payload })}\n`));
  }
}
