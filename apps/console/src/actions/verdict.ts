import { STEP_VERDICTS, type StepVerdict, type TaskRecord } from '@waybill/task-runtime';

/** What a person found out about a call that may have happened, as the trail and the task's page tell it. */
export const VERDICT_TEXTS: Readonly<Record<StepVerdict, string>> = {
  happened: 'it had happened',
  'did-not-happen': 'it had not happened',
};

/** Whether a task can be replayed only by somebody who says what came of its call. */
export function needsVerdict({ state, error }: Pick<TaskRecord, 'state' | 'error'>): boolean {
  return state === 'dead' && error?.code === 'OUTCOME_UNKNOWN';
}

/** A verdict from a form's or a program's field. Undefined: none, or none that there is; a replay that needs one is then refused. */
export function verdictOf(value: unknown): StepVerdict | undefined {
  return STEP_VERDICTS.find((verdict) => verdict === value);
}
