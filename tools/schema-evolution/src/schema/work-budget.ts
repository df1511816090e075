import { UndecidableError } from './undecidable-error.ts';

/** Of 1,200 random pairs one needs more; the next one needs 21,000. A step takes about 4 µs. */
const MAX_STEPS = 500_000;

/** The steps that a comparison may take. Schemas inside of schemas multiply: a thousand characters can need minutes. */
export class WorkBudget {
  #left = MAX_STEPS;

  /**
   * Takes steps from the budget.
   * @throws {UndecidableError} if it is used up
   */
  spend(steps: number): void {
    this.#left -= steps;
    if (this.#left < 0) throw new UndecidableError('comparing them takes too long');
  }

  /** Makes the whole budget available again, for another part of the work. */
  renew(): void {
    this.#left = MAX_STEPS;
  }
}
