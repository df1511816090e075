import { ServiceError } from '@waybill/service-kit';
import { STEP_VERDICTS, type StepVerdict, type TaskRecord } from '@waybill/task-runtime/operator';

/** What a person found out about a call that may have happened, as the trail and the task's page tell it. */
export const VERDICT_TEXTS: Readonly<Record<StepVerdict, string>> = {
  happened: 'it had happened',
  'did-not-happen': 'it had not happened',
};

/** Whether a task can be replayed only by somebody who says what came of its call. */
export function needsVerdict({ state, error }: Pick<TaskRecord, 'state' | 'error'>): boolean {
  return state === 'dead' && error?.code === 'OUTCOME_UNKNOWN';
}

/** A verdict from a form's field. Undefined: none, or none that there is; a replay that needs one is then refused. */
export function verdictOf(value: string | null): StepVerdict | undefined {
  return STEP_VERDICTS.find((verdict) => verdict === value);
}

/**
 * A verdict from a member of a program's body; undefined where the body has none.
 * @throws {ServiceError} 422 `VERDICT_UNKNOWN` for any other value, null too
 */
export function verdictOfMember(value: unknown): StepVerdict | undefined {
  const found = STEP_VERDICTS.find((verdict) => verdict === value);
  if (found !== undefined || value === undefined) return found;
  throw new ServiceError({
    code: 'VERDICT_UNKNOWN',
    status: 422,
    message: `verdict must be one of ${STEP_VERDICTS.join(', ')}, or be left out`,
  });
}
