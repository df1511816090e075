import { DeploymentError } from '../deployment-error.ts';

/** The parts of a rehearsal, in order. */
export type RehearsalStep = 'copy' | 'install' | 'start' | 'warm-up' | 'work' | 'fixtures' | 'end' | 'files';

/** Thrown when a stage must not be uploaded; names the step, and ends with the service's last lines where it ran. */
export class RehearsalError extends DeploymentError {
  readonly step: RehearsalStep;

  constructor(step: RehearsalStep, message: string, lastLines: readonly string[] = []) {
    const output =
      lastLines.length === 0 ? '' : `\nIts last lines:\n${lastLines.map((line) => `  ${line}`).join('\n')}`;
    super(`Rehearsal failed at "${step}": ${message}${output}`);
    this.step = step;
  }
}
