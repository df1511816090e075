import { formatValue, type PhysicalQueue, QUEUE_FIELDS } from '@waybill/google-config';
import type { WaitingTasks } from './cloud-queues.ts';
import type { QueueChange, QueueNote, QueuePlan } from './make-queue-plan.ts';

/** Where the queues are, and what they are compared with. */
export interface ComparedQueues {
  readonly project: string;
  readonly location: string;
  readonly file: string;
}

/** A plan as text, like a diff: what is to be done, then what is worth knowing, then a summary. */
export function formatPlan(plan: QueuePlan, compared: ComparedQueues): string {
  return [...changesAndNotes(plan, compared, planned), '', summary(plan), ''].join('\n');
}

/** The same told as drift: where the project is not as the file says. */
export function formatDrift(plan: QueuePlan, compared: ComparedQueues): string {
  const count = new Set(plan.changes.map(({ name }) => name)).size;
  const last =
    count === 0
      ? 'No drift: the project is as the file says.'
      : `Drift: ${count} ${count === 1 ? 'queue is' : 'queues are'} not as ${compared.file} says.`;
  return [...changesAndNotes(plan, compared, drifted), '', last, ''].join('\n');
}

/** The summary of a plan, in a line. */
function summary({ changes, unchanged }: QueuePlan): string {
  if (changes.length === 0) return `Nothing to do: ${unchanged} ${queues(unchanged)} as the file says.`;
  const counts = (['create', 'update', 'pause'] as const).map((kind) => {
    const count = changes.filter((change) => change.kind === kind).length;
    return `${count} to ${kind}`;
  });
  return `Plan: ${counts.join(', ')}, ${unchanged} unchanged.`;
}

/** How many tasks wait, in words. */
function waitingText({ count, more }: WaitingTasks): string {
  if (count === 0) return 'no task waits in it';
  if (more) return `more than ${count} tasks wait in it`;
  return count === 1 ? '1 task waits in it' : `${count} tasks wait in it`;
}

function changesAndNotes(
  { changes, notes }: QueuePlan,
  compared: ComparedQueues,
  show: (change: QueueChange) => string[],
): string[] {
  const { project, location, file } = compared;
  const lines = [`Queues of ${project} in ${location}, compared with ${file}`];
  for (const change of changes) lines.push('', ...show(change));
  if (notes.length > 0) lines.push('', ...notes.map((note) => showNote(note, compared)));
  return lines;
}

function planned(change: QueueChange): string[] {
  const { kind, name } = change;
  if (kind === 'create') return [`  + ${name}: create`, ...settings(change.queue)];
  if (kind === 'pause') {
    const { waiting } = change;
    const why =
      waiting === undefined
        ? 'the file says state: PAUSED'
        : `it is not in the file, and ${waitingText(waiting)}`;
    return [`  - ${name}: pause; ${why}`];
  }
  return [
    `  ~ ${name}: update`,
    ...change.fields.map(
      ({ field, from, to }) => `      ${field.path}: ${formatValue(field, from)} → ${formatValue(field, to)}`,
    ),
  ];
}

function drifted(change: QueueChange): string[] {
  const { kind, name } = change;
  if (kind === 'create') return [`  ${name}: is in the file, but not in the project`];
  if (kind === 'pause') {
    const { waiting } = change;
    return waiting === undefined
      ? [`  ${name}: runs in the project, the file says state: PAUSED`]
      : [`  ${name}: runs in the project, but is not in the file; ${waitingText(waiting)}`];
  }
  return change.fields.map(
    ({ field, from, to }) =>
      `  ${name}: ${field.path} is ${formatValue(field, from)}, the file says ${formatValue(field, to)}`,
  );
}

function settings({ values, state }: PhysicalQueue): string[] {
  const lines = QUEUE_FIELDS.flatMap((field) => {
    const value = values[field.path];
    return value === undefined ? [] : [`      ${field.path}: ${formatValue(field, value)}`];
  });
  if (lines.length === 0) lines.push("      all settings: the service's defaults");
  return state === undefined ? lines : [`      state: ${state}`, ...lines];
}

function showNote(note: QueueNote, { project, location }: ComparedQueues): string {
  const flags = `--project=${project} --location=${location}`;
  const { kind, name } = note;
  if (kind === 'unmanaged') return `  · ${name}: not managed here, left alone`;
  if (kind === 'foreign') return `  · ${name}: not ours, left alone (neither listed nor under managed)`;
  if (kind === 'drains') {
    return `  · ${name}: not used by the file's queues any more; runs on until it is empty (${waitingText(note.waiting)})`;
  }
  if (kind === 'left') {
    return note.waiting.count === 0
      ? `  · ${name}: not in the file, and stopped; gcloud tasks queues delete ${name} ${flags} removes it`
      : `  · ${name}: not in the file, and stopped, but ${waitingText(note.waiting)}; gcloud tasks queues resume ${name} ${flags} lets them be done`;
  }
  const how = note.state === 'PAUSED' ? 'paused' : 'disabled by a queue.yaml';
  return `  · ${name}: ${how} in the project, and stays so; gcloud tasks queues resume ${name} ${flags} lets it run`;
}

function queues(count: number): string {
  return count === 1 ? 'queue is' : 'queues are';
}
