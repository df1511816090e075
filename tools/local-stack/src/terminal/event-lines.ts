import { escapeLine } from '@waybill/emulator-kit';
import type { StackEvent } from '../events/stack-events.ts';

const WARNING_SEVERITIES: readonly string[] = ['WARNING', 'ERROR', 'CRITICAL', 'ALERT', 'EMERGENCY'];
const SHOWN_ID_CHARACTERS = 8;

/**
 * Makes the lines that `npm start` prints while it runs: one per event of an order or task, one per process that died
 * or was restarted, and one per warning or error. Other events are left to the logs.
 * @returns a function from an event to its lines; none for an event that is not shown. A new day has a line of its own.
 */
export function createEventLines(): (event: StackEvent) => string[] {
  let day = '';
  const died = new Set<string>();
  return (event) => {
    if (event.event === 'process.died') died.add(event.source);
    // Each process becomes ready at the start: only a restart is shown.
    if (event.event === 'process.ready' && !died.delete(event.source)) return [];
    const text = describe(event);
    if (text === undefined) return [];
    const at = new Date(event.atMs);
    const eventDay = at.toDateString();
    const newDay = day !== '' && day !== eventDay ? [`--- ${eventDay}`] : [];
    day = eventDay;
    // Names and messages come from requests and from logs.
    return [...newDay, escapeLine(`${at.toTimeString().slice(0, 8)}  ${text}`)];
  };
}

function describe(event: StackEvent): string | undefined {
  if (event.event.startsWith('process.')) return describeProcess(event);
  const [kind, step] = event.event.split('.');
  if ((kind === 'task' || kind === 'order') && step !== undefined) return describeStep(event, kind, step);
  return WARNING_SEVERITIES.includes(event.severity) ? describeTrouble(event) : undefined;
}

/** `orders/5f0c3d1e…  charge-payment           succeeded  attempt 1` */
function describeStep({ fields }: StackEvent, kind: string, step: string): string {
  const orderId = fields['orderId'];
  const subject = fields['subject'] ?? (typeof orderId === 'string' ? `orders/${orderId}` : '');
  const name = kind === 'task' ? String(fields['task'] ?? '') : 'order';
  const details = [
    fields['attempt'] === undefined ? [] : [`attempt ${String(fields['attempt'])}`],
    ['code', 'reason', 'status'].flatMap((key) => (fields[key] === undefined ? [] : [String(fields[key])])),
    errorText(fields['error']),
  ].flat();
  const columns = [shortSubject(String(subject)).padEnd(16), name.padEnd(24), step.padEnd(10)];
  return `${columns.join('  ')}  ${details.join('  ')}`.trimEnd();
}

const QUIET_STATES: readonly string[] = ['starting', 'started', 'stopped'];

function describeProcess(event: StackEvent): string | undefined {
  const state = event.event.slice('process.'.length);
  if (QUIET_STATES.includes(state)) return undefined;
  return `${event.source.padEnd(22)}  ${state}: ${event.message}`;
}

function describeTrouble({ source, severity, message, fields }: StackEvent): string {
  const code = fields['code'] === undefined ? [] : [`(${String(fields['code'])})`];
  return [source.padEnd(22), severity.toLowerCase(), message, ...code, ...errorText(fields['error'])].join(
    '  ',
  );
}

/** The messages of a logged error and its causes, without stack traces. */
function errorText(error: unknown): string[] {
  if (typeof error === 'string') return [oneLine(error)];
  if (typeof error !== 'object' || error === null) return [];
  const { message, cause } = error as { message?: unknown; cause?: unknown };
  const texts = typeof message === 'string' && message !== '' ? [oneLine(message)] : [];
  const causes = errorText(cause);
  return causes.length === 0 ? texts : [[...texts, ...causes].join(': ')];
}

function oneLine(text: string): string {
  const line = text.replace(/\s+/g, ' ').trim();
  return line.length > 300 ? `${line.slice(0, 300)}…` : line;
}

function shortSubject(subject: string): string {
  const [collection, id = ''] = subject.split('/');
  return id.length > SHOWN_ID_CHARACTERS ? `${collection}/${id.slice(0, SHOWN_ID_CHARACTERS)}…` : subject;
}
